"""Command lines that show how a label is used, and work when they are pasted."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ygg.cli.params import parse_json
from ygg.cli.request import SHORTHANDS

if TYPE_CHECKING:
    from ygg import views


def commands_of(view: views.LabelView) -> list[str]:
    """Those that its handler gives as they are, then those made of example params."""
    waits = view["approval"] == "none"
    given = list(view.get("commands", ()))  # a coordinator of an older version has none
    return given + [as_command(view["label"], example, wait=waits) for example in view["examples"]]


def as_command(label: str, params: Mapping[str, object], *, wait: bool) -> str:
    words = [f"ygg submit --label {label}"]
    words += [_option(name, value) for name, value in params.items()]
    return " ".join([*words, "--wait"] if wait else words)


def _option(name: str, value: object) -> str:
    if isinstance(value, str) and _is_plain(value):
        if name in SHORTHANDS:
            return f"--{name} {shlex.quote(value)}"
        return f"--param {shlex.quote(f'{name}={value}')}"
    return f"--param {shlex.quote(f'{name}={json.dumps(value, ensure_ascii=False)}')}"


def _is_plain(text: str) -> bool:
    """It is taken for itself: neither JSON nor the name of a file nor an option."""
    if not text or text.startswith(("@", "-")):
        return False
    try:
        parse_json(text)
    except ValueError:
        return True
    except RecursionError:
        return False
    return False
