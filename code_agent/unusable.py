"""An answer of the model that is no candidate at all."""

from __future__ import annotations


class Unusable(Exception):
    """`reason` says why, in words that the model can be told, too."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
