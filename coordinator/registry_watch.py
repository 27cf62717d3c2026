"""Looks after the image registry now and then, so that `/health` can say how it is at once."""

from __future__ import annotations

import threading

from registry.ping import trouble_of
from ygg.settings import Settings
from ygg.views import PartHealth

LOOK_SECONDS = 15.0


class RegistryWatch:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: PartHealth | None = None

    @property
    def told(self) -> PartHealth | None:
        """Nothing where the fleet has no registry, or before the first look."""
        return self._told

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set() and self._settings.registry.address is not None:
            trouble = trouble_of(self._settings)
            detail = trouble or self._settings.registry.address
            self._told = PartHealth(ok=trouble is None, detail=detail)
            stop.wait(LOOK_SECONDS)
        stop.wait()
