"""One image that lies in the registry, as far as it matters for whether it stays."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from registry.signatures.signing import is_tag_of_signatures
from registry.versions import is_passing


@dataclass(frozen=True)
class Stored:
    repository: str
    digest: str
    tags: tuple[str, ...]
    """None: another image has the name that it had."""
    created: datetime.datetime | None = None
    is_part: bool = False
    """Of another, that is for several platforms."""

    @property
    def is_leftover(self) -> bool:
        """Of a push that did not end, or is at work."""
        return bool(self.tags) and all(map(is_passing, self.tags))

    @property
    def is_signature(self) -> bool:
        return bool(self.tags) and all(map(is_tag_of_signatures, self.tags))
