"""`[registry]` of ygg.toml, written for a person where nothing of theirs is touched by it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from pydantic import JsonValue, ValidationError

from ygg.embedded.secret_files import rewrite
from ygg.errors import Conflict
from ygg.registry_settings import RegistrySettings
from ygg.settings import Settings, misfit
from ygg.target import config_file, own_config_file

TABLE = "registry"


def remember(values: dict[str, str]) -> Path | None:
    """Where it was written. Nothing where it stands already."""
    file, text = _found()
    check(values)
    if not values or _there(text) is not None:
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    rewrite(file, f"{text.rstrip()}\n\n{_lines(values)}".lstrip("\n"))
    return file


def check(values: dict[str, str]) -> None:
    """A table that says otherwise is its writer's to change, for comments stand in it."""
    file, text = _found()
    there = _there(text)
    if there is None:
        return
    other = {name: value for name, value in values.items() if there.get(name) != value}
    if other:
        raise Conflict(
            f"{file} says otherwise of the registry",
            field=f"{TABLE}.{next(iter(other))}",
            hint=f"under [{TABLE}] there: {_lines(other, head=False).strip()}",
        )


def _found() -> tuple[Path, str]:
    file = config_file() or own_config_file()
    return file, file.read_text(encoding="utf-8") if file.exists() else ""


def with_address(settings: Settings, address: str) -> Settings:
    values = settings.registry.model_dump(exclude_unset=True) | {"address": address}
    try:
        found = RegistrySettings.model_validate(values)
    except ValidationError as error:
        raise misfit(error, RegistrySettings, TABLE) from None
    return settings.model_copy(update={TABLE: found})


def _there(text: str) -> dict[str, JsonValue] | None:
    found = tomllib.loads(text).get(TABLE)
    return found if isinstance(found, dict) else None


def _lines(values: dict[str, str], *, head: bool = True) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join([*([f"[{TABLE}]"] if head else []), *lines, ""])
