"""Labels, routes and queue names: the one place that decides where a task goes.

A label is `prefix-verb`. A route is data: a prefix, the queue it leads to, what an executor must
have, and which executor normally serves it. The longest prefix wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ygg.errors import BadInput, UnknownLabel

LABEL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
LABEL_LENGTH = 64
QUEUE = re.compile(r"[a-z][a-z0-9_-]*")
MACHINE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
PROBE = "executor-probe"
"""Asks an executor whether a task of its own comes to an end there; no route leads to it."""
_MACHINE_QUEUE = "on."
_PROBE_QUEUE = "probe."


class Route(BaseModel):
    """Where the labels that begin with `prefix` go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: str
    """Begins the label and ends in a dash: `code-`, or longer, `code-review-`."""
    queue: str
    """The queue of that family: `code`."""
    requires: frozenset[str] = frozenset()
    """Tags that an executor must have to be given these tasks: `gpu`."""
    served_by: str = ""
    """The executor that serves this queue unless its own settings say otherwise."""

    @field_validator("prefix")
    @classmethod
    def _prefix_ends_in_dash(cls, value: str) -> str:
        if not LABEL.fullmatch(value + "x"):
            raise ValueError("must be lower-case words, each ending in a dash: `code-`")
        return value

    @field_validator("queue")
    @classmethod
    def _queue_is_a_word(cls, value: str) -> str:
        if not QUEUE.fullmatch(value):
            raise ValueError("must be a lower-case word: `code`")
        return value


DEFAULT_ROUTES = (
    Route(prefix="dev-", queue="dev", served_by="fenrir"),
    Route(prefix="git-", queue="git", served_by="fenrir"),
    Route(prefix="plan-", queue="plan", served_by="fenrir"),
    Route(prefix="llm-", queue="llm", served_by="surtr"),
    Route(prefix="ollama-", queue="ollama", served_by="surtr"),
    Route(prefix="ops-", queue="ops", served_by="huginn"),
    Route(prefix="power-", queue="power", served_by="huginn"),
    Route(prefix="code-", queue="code", served_by="code-agent"),
)


class Routes(BaseModel):
    """The routing table."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    table: tuple[Route, ...] = Field(default=DEFAULT_ROUTES)
    """The routes. A table that is given replaces the built-in one as a whole."""
    extra: tuple[Route, ...] = ()
    """More routes, beside those of the table; one for a prefix that it has takes its place."""
    default_queue: str | None = None
    """Where labels go that no prefix claims. Without it they are refused."""

    @cached_property
    def rows(self) -> tuple[Route, ...]:
        """The routes in force."""
        own = {route.prefix for route in self.extra}
        return (*(route for route in self.table if route.prefix not in own), *self.extra)

    def match(self, label: str) -> Route:
        found = [route for route in self.rows if label.startswith(route.prefix)]
        if found:
            return max(found, key=lambda route: len(route.prefix))
        if self.default_queue is not None and label != PROBE:
            return Route(prefix=prefix_of(label), queue=self.default_queue)
        known = sorted(route.prefix for route in self.rows)
        raise UnknownLabel(
            f"no route for label {label!r}",
            field="label",
            allowed=known,
            hint="begin the label with one of these, or add [[routes.extra]] to ygg.toml",
        )

    def queues(self) -> list[str]:
        found = {route.queue for route in self.rows}
        if self.default_queue is not None:
            found.add(self.default_queue)
        return sorted(found)

    def served_by(self, executor: str) -> list[str]:
        """The queues that an executor of this name serves by the routes alone."""
        return sorted({route.queue for route in self.rows if route.served_by == executor})


def check_label(label: str) -> str:
    if len(label) > LABEL_LENGTH or not LABEL.fullmatch(label):
        raise BadInput(
            f"{label[:80]!r} is not a label",
            field="label",
            allowed=["prefix-verb, lower-case letters, digits and dashes, at most 64: dev-run"],
        )
    return label


def prefix_of(label: str) -> str:
    return label.split("-", 1)[0] + "-"


def machine_queue(machine: str) -> str:
    """The queue that only this machine consumes."""
    if len(machine) > 63 or not MACHINE.fullmatch(machine):
        raise BadInput(
            f"{machine[:80]!r} is not a machine name",
            field="on",
            allowed=["a host name: lower-case letters, digits and dashes, at most 63"],
        )
    return _MACHINE_QUEUE + machine


def machine_of(queue: str) -> str | None:
    """The machine whose own queue this is."""
    return queue.removeprefix(_MACHINE_QUEUE) if queue.startswith(_MACHINE_QUEUE) else None


def probe_queue(executor: str) -> str:
    """The queue of probes that only this executor consumes, even where its machine is drained."""
    return _PROBE_QUEUE + executor


def is_probe_queue(queue: str) -> bool:
    return queue.startswith(_PROBE_QUEUE)


def queue_for(route: Route, machine: str | None) -> str:
    return route.queue if machine is None else machine_queue(machine)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    import difflib

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
