"""How results and remarks are written: stdout is a command's result, stderr is talk."""

from __future__ import annotations

import os
import sys

import click

from ygg.cli.screen import shown

_COLOURS = {
    "succeeded": "green",
    "ok": "green",
    "passed": "green",
    "verified": "green",
    "alive": "green",
    "running": "cyan",
    "dispatched": "cyan",
    "queued": "blue",
    "waiting": "blue",
    "review": "yellow",
    "cancelling": "yellow",
    "warn": "yellow",
    "unverified": "yellow",
    "open": "yellow",
    "returned": "yellow",
    "draining": "yellow",
    "cancelled": "bright_black",
    "departed": "bright_black",
    "failed": "red",
    "rejected": "red",
    "refuted": "red",
    "FAIL": "red",
    "error": "red",
    "timeout": "red",
    "lost": "red",
    "refused": "red",
    "silent": "red",
}


def on_terminal() -> bool:
    return sys.stdout.isatty()


def can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def in_colour() -> bool:
    return on_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str = "", *, end: str = "\n") -> None:
    """A pipe gets what was written, colours too; a terminal is not steered by it."""
    click.echo((shown(text) if on_terminal() else text) + end, nl=False, color=True)


def note(text: str) -> None:
    """Talk that cannot be heard changes nothing in the result."""
    try:
        click.echo(shown(text) if sys.stderr.isatty() else text, err=True)
    except OSError:
        from ygg.cli.streams import discard

        discard(sys.stderr)


def say_json(value: object) -> None:
    import json

    say(json.dumps(value, ensure_ascii=False, indent=2))


def say_json_line(value: object) -> None:
    import json

    say(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def plain(text: str) -> str:
    """On one line and without control characters, whoever wrote it."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def paint(text: str) -> str:
    """A state in its colour; padding around it is kept."""
    word = text.strip()
    colour = _COLOURS.get(word) or _COLOURS.get(word.split(" ", 1)[0])
    return click.style(text, fg=colour) if colour and in_colour() else text


def bold(text: str) -> str:
    return click.style(text, bold=True) if in_colour() else text


def confirm(question: str) -> bool:
    return click.confirm(question, default=False, err=True)
