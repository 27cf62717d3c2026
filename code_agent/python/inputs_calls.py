"""Calls of a function, or of a class and then of methods on what it made, as Python text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from pydantic import JsonValue

from code_agent.python.inputs_shapes import Shape
from code_agent.python.parameters import Parameter


@dataclass(frozen=True)
class Step:
    name: str
    args: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    gets: bool = False
    """What it names is a property, which is not called."""

    @property
    def shown(self) -> str:
        given = [*self.args, *(f"{name}={value}" for name, value in self.keywords)]
        return self.name if self.gets else f"{self.name}({', '.join(given)})"


@dataclass(frozen=True)
class Call:
    """Of a function; or of a class, and then of methods on what that made."""

    of: str
    steps: tuple[Step, ...]
    odd: bool = False
    """Whether what is given is of a kind that nobody may have meant: an error of the interpreter
    about that is no behaviour."""
    reading: bool = False
    """Whether it is given an iterator, which nobody said it takes: what it does with that has no
    say, but how much it reads of it where it does the same."""

    @property
    def shown(self) -> str:
        first, *rest = [step.shown for step in self.steps]
        return "; ".join([first, *(f".{one}" for one in rest)])

    def as_data(self, renamed: Mapping[str, str] | None = None) -> list[JsonValue]:
        """What a process is told that calls code in which some names are others."""
        now = renamed or {}
        return [
            {
                "name": ".".join(now.get(part, part) for part in step.name.split(".")),
                "args": list[JsonValue](step.args),
                "keywords": {now.get(name, name): value for name, value in step.keywords},
                "gets": step.gets,
            }
            for step in self.steps
        ]


@dataclass(frozen=True)
class Given:
    parameter: Parameter
    shape: Shape


def step_of(
    name: str, given: Sequence[Given], chosen: Sequence[str], random: Random, *, whole: bool
) -> Step:
    """What has a default is named when it is given, so that something before it may be left out."""
    args: list[str] = []
    keywords: list[tuple[str, str]] = []
    left_out = False
    for one, value in zip(given, chosen, strict=True):
        parameter = one.parameter
        way, has_default = parameter.way, parameter.default is not None
        if way == "**":
            continue
        if way == "*":
            if not left_out and not any(name for name, _ in keywords):
                args += [value] * random.choice((1, 2, 3, 0)) if not whole else [value]
            continue
        if has_default and (not whole and random.random() < 0.5):
            left_out = True
        elif way == "keyword-only" or (way == "positional or keyword" and left_out):
            keywords.append((parameter.name, value))
        elif not left_out:
            args.append(value)
    return Step(name, tuple(args), tuple(keywords))
