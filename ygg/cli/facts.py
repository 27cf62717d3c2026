"""One thing told in full: a name and what it is, a line each."""

from __future__ import annotations

from collections.abc import Iterable

from ygg.cli.output import say
from ygg.cli.width import hang

INDENT = 11


def say_facts(facts: Iterable[tuple[str, str]]) -> None:
    """What is empty is left out; what is longer than the terminal goes on below itself."""
    for name, value in facts:
        if value:
            for line in hang(name, value, INDENT):
                say(line)
