"""What an executor writes down about itself every few seconds, and how it is read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ygg.views import PartHealth

STALE_SECONDS = 20.0
"""An executor that has said nothing for so long is not well, whatever it said last."""


@dataclass(frozen=True)
class Vitals:
    at: float
    """Seconds since the machine booted."""
    ok: bool
    version: str
    parts: dict[str, PartHealth]

    def trouble(self, now: float) -> str:
        """Why it is not well, in words; nothing when it is."""
        silent = now - self.at
        if not -1 < silent < STALE_SECONDS:
            return f"it has said nothing for {silent:.0f} s"
        if self.ok:
            return ""
        bad = [f"{name}: {part['detail']}" for name, part in self.parts.items() if not part["ok"]]
        return "; ".join(bad)


def write(file: Path, vitals: Vitals) -> None:
    new = file.with_suffix(".new")
    new.write_text(json.dumps(asdict(vitals)))
    new.replace(file)


def read(file: Path) -> Vitals | None:
    """What was said last; nothing where no executor ever ran."""
    try:
        said = json.loads(file.read_text())
        return Vitals(said["at"], said["ok"], said["version"], said["parts"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
