"""What lock files pin, made into one list for one platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.markers import Marker

PYTHON = "3.13"
"""Debian 13's, and what byte code and wheels of an image are for."""
_FULL_PYTHON = f"{PYTHON}.0"
_NEWEST_GLIBC = 41
_GLIBCS = (5, 12, 17, 24, 26, 27, 28, 31, 34, 35, 39, _NEWEST_GLIBC)
_PIN = re.compile(r"^(?P<what>[A-Za-z0-9][^;\\]*?)\s*(?:;\s*(?P<marker>[^\\]*?))?\s*\\?$")
_HASH = "--hash="


@dataclass(frozen=True)
class WheelPlatform:
    machine: str
    """As the kernel calls it: x86_64, aarch64."""

    @property
    def tags(self) -> list[str]:
        """Which wheels run there, newest first."""
        return [
            *(f"manylinux_2_{minor}_{self.machine}" for minor in reversed(_GLIBCS)),
            f"manylinux2014_{self.machine}",
            f"linux_{self.machine}",
        ]

    @property
    def facts(self) -> dict[str, str]:
        """What the conditions in lock files may ask."""
        return {
            "implementation_name": "cpython",
            "implementation_version": _FULL_PYTHON,
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": _FULL_PYTHON,
            "python_version": PYTHON,
            "sys_platform": "linux",
        }


def merged(locks: Iterable[str], platform: WheelPlatform) -> str:
    """The pins that hold on the platform, each once with its hashes, in order of their names."""
    found: dict[str, list[str]] = {}
    for lock in locks:
        found |= _pins(lock, platform)
    lines = [" \\\n    ".join([what, *hashes]) for what, hashes in sorted(found.items())]
    return "\n".join(lines) + "\n"


def hashes_of(pins: str) -> list[set[str]]:
    """Those of each pin, with the name of their kind: `sha256:…`."""
    found: list[set[str]] = []
    for line in pins.splitlines():
        text = line.removesuffix("\\").strip()
        if text.startswith(_HASH):
            found[-1].add(text.removeprefix(_HASH))
        elif text:
            found.append(set())
    return found


def _pins(lock: str, platform: WheelPlatform) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    hashes: list[str] = []
    for line in lock.splitlines():
        text = line.strip()
        if text.startswith(_HASH):
            hashes.append(text.removesuffix("\\").strip())
        elif text and not text.startswith("#"):
            hashes = []
            pin = _PIN.match(text)
            if pin and _holds(pin["marker"], platform):
                found[pin["what"]] = hashes
    return found


def _holds(marker: str | None, platform: WheelPlatform) -> bool:
    return not marker or Marker(marker).evaluate(platform.facts)
