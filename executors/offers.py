"""Which handlers this executor offers: those of every installed entry point, by label."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from executors.handler import Handler
from ygg.errors import BadInput

GROUP = "ygg.handlers"
OWN = "executors.handlers.dev"
"""Offered even from a checkout that was never installed."""

logger = logging.getLogger(__name__)


def installed_handlers() -> dict[str, Handler]:
    found: dict[str, Handler] = {}
    _collect(import_module(OWN), found)
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            module = point.load()
        except Exception:
            logger.exception("Cannot load handlers %s", point.value, extra={"action": "load"})
            continue
        _collect(module, found)
    return found


def offered_handlers(prefixes: Iterable[str]) -> dict[str, Handler]:
    """The installed handlers whose labels begin with one of `prefixes`, or all of them."""
    wanted = tuple(prefixes)
    found = installed_handlers()
    if not wanted:
        return found
    return {label: one for label, one in found.items() if label.startswith(wanted)}


def _collect(module: ModuleType, found: dict[str, Handler]) -> None:
    for one in vars(module).values():
        if not isinstance(one, Handler):
            continue
        known = found.setdefault(one.label, one)
        if known is not one:
            raise BadInput(
                f"{module.__name__} and {known.function.__module__} both handle {one.label}",
                hint="uninstall one of them, or narrow executor.handlers",
            )
