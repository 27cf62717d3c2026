"""Which handlers this executor offers: those of every installed entry point, by label."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

from executors.handler import Handler
from executors.probe import probe
from executors.sections import Tables, bind_settings, check_sections
from ygg.errors import BadInput, MissingExtra
from ygg.tags import lacking

GROUP = "ygg.handlers"

_OF_EXTRA = re.compile(r"([\w.-]+).*;.*\bextra\s*==\s*['\"]([^'\"]+)")
"""A requirement of one extra, as a package's metadata has it: `paramiko>=3; extra == "power"`."""

logger = logging.getLogger(__name__)


@functools.cache
def installed_handlers() -> Mapping[str, Handler]:
    """Found out, and what cannot be loaded mentioned, once: a worker's tasks are its forks."""
    found: dict[str, Handler] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        for one in _load(point):
            known = found.setdefault(one.label, one)
            if known is not one:
                raise BadInput(
                    f"{one.function.__module__} and {known.function.__module__} "
                    f"both handle {one.label}",
                    hint="uninstall one of them",
                )
    return found


def offered_handlers(
    prefixes: Iterable[str], tables: Tables, tags: Iterable[str]
) -> dict[str, Handler]:
    """The installed handlers whose labels begin with one of `prefixes`, or all of them, and that
    have what they need here. Probes are answered by all."""
    installed = installed_handlers().values()
    check_sections(installed, tables)
    wanted = tuple(prefixes) or ("",)
    offered = [one for one in installed if one.label.startswith(wanted) and _has_needs(one, tags)]
    return {one.label: one for one in (*bind_settings(offered, tables), probe)}


def _has_needs(one: Handler, tags: Iterable[str]) -> bool:
    missing = lacking(one.offer.needs, tags)
    if missing:
        logger.info(
            "Not offered here: %s: it needs %s",
            one.label,
            ", ".join(missing),
            extra={"action": "configure"},
        )
    return not missing


def _load(point: EntryPoint) -> list[Handler]:
    """The handlers of a module. One that cannot be loaded must not take the others with it."""
    try:
        return [one for one in vars(point.load()).values() if isinstance(one, Handler)]
    except ModuleNotFoundError as error:
        reason = _what_is_missing(error.name or str(error), point)
    except MissingExtra as error:
        reason = f"{error.message}; {error.hint}" if error.hint else error.message
    except Exception:
        logger.exception("Cannot load handlers %s", point.value, extra={"action": "load"})
        return []
    logger.warning(
        "Not offered: the handlers of %s: %s", point.value, reason, extra={"action": "load"}
    )
    return []


def _what_is_missing(module: str, point: EntryPoint) -> str:
    missing = f"there is no module {module}"
    extra = _extra_with(module, point)
    package = point.dist.name if point.dist else ""
    return f"{missing}; install {package}[{extra}]" if extra else missing


def _extra_with(module: str, point: EntryPoint) -> str | None:
    """The extra that brings a module: that of the entry point's own name, if there is a choice."""
    lines = (point.dist.requires if point.dist else None) or []
    brought = [found.groups() for line in lines if (found := _OF_EXTRA.match(line))]
    top = _normal(module.partition(".")[0])
    # A module may be named otherwise than its package: then all extras are possible.
    extras = [extra for name, extra in brought if _normal(name) == top]
    possible = extras or [extra for _, extra in brought]
    if point.name in possible:
        return point.name
    return extras[0] if extras else None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
