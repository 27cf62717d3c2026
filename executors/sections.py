"""Handlers are given their settings: the tables `[handlers.SECTION]`, read when an executor starts.
Those that ask a language model share the table `[models]`.

One settings file may serve many machines. So a table that no handler here reads is only mentioned,
and a handler whose settings must be given is not offered where they are not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from pydantic import JsonValue, ValidationError

from executors.handler import Handler, HandlerSettings
from ygg.errors import BadInput
from ygg.labels import nearest
from ygg.settings import misfit

Tables = Mapping[str, Mapping[str, JsonValue]]
"""What the settings file and the environment say, by section."""

logger = logging.getLogger(__name__)


def check_sections(installed: Iterable[Handler], tables: Tables) -> None:
    known: dict[str, type[HandlerSettings]] = {}
    for settings in (each for one in installed for each in one.settings):
        other = known.setdefault(settings.section, settings)
        if other is not settings:
            raise BadInput(
                f"{other.__module__} and {settings.__module__} both read "
                f"[{'.'.join(table_of(other.section))}]",
                hint="uninstall one of them",
            )
    for section in tables:
        if section not in known:
            near = nearest(section, known)
            logger.warning(
                "No handler that is installed here reads [%s]%s",
                ".".join(table_of(section)),
                f": did you mean [handlers.{near}]?" if near else "",
                extra={"action": "configure"},
            )


def bind_settings(handlers: Iterable[Handler], tables: Tables) -> list[Handler]:
    """The handlers that can run here, each with its settings."""
    bound = []
    missing: dict[str, list[str]] = {}
    for one in handlers:
        try:
            read = [_read(each, tables) for each in one.settings]
        except _NotGiven as error:
            missing.setdefault(str(error), []).append(one.label)
        else:
            bound.append(one.bound(*read) if read else one)
    for reason, labels in missing.items():
        logger.info(
            "Not offered here: %s: %s", ", ".join(labels), reason, extra={"action": "configure"}
        )
    return bound


class _NotGiven(Exception):
    """The settings file has no such table, and not everything in it has a default."""


def _read(model: type[HandlerSettings], tables: Tables) -> HandlerSettings:
    section = model.section
    try:
        return model.model_validate(tables.get(section, {}))
    except ValidationError as error:
        wrong = misfit(error, model, *table_of(section))
    if section not in tables:
        raise _NotGiven(wrong.message)
    raise wrong


def table_of(section: str) -> tuple[str, ...]:
    """Where in the settings file a section stands."""
    return (section,) if section == "models" else ("handlers", section)
