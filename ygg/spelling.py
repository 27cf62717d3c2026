"""Misspelt settings are refused by whoever reads any, without loading `Settings` itself."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from ygg.errors import BadInput

SETTINGS = (
    "coordinator",
    "data_dir",
    "delivery",
    "executor",
    "flower",
    "handlers",
    "inventory",
    "log_level",
    "models",
    "queues",
    "redis_url",
    "registry",
    "routes",
    "sandbox",
    "secrets",
    "token",
    "url",
)
"""The names at the top of `Settings`: a test holds the two together."""
OTHER_VARIABLES = frozenset({"YGG_CONFIG"})


def check_keys(file: Path, keys: Iterable[str]) -> None:
    for key in keys:
        if key not in SETTINGS:
            raise _no_setting(f"{file}: {key!r} is no setting", key, key, SETTINGS)


def check_variables() -> None:
    known = [f"YGG_{name.upper()}" for name in SETTINGS]
    for name in os.environ:
        head = name.partition("__")[0]
        if name.startswith("YGG_") and head not in known and name not in OTHER_VARIABLES:
            raise _no_setting(f"environment variable {name} is no setting", name, head, known)


def _no_setting(message: str, field: str, name: str, known: Collection[str]) -> BadInput:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return BadInput(message, field=field, hint=hint)
