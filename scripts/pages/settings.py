"""Every setting: its key, its variable, what it takes, its default, what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from scripts.pages.markdown import docstrings, document, table
from ygg.labels import Route, Routes
from ygg.machine_settings import SecretRules
from ygg.settings import QueueRules, Settings

_INTRODUCTION = """
A setting comes from the environment, else from `ygg.toml`, else it has its default. `ygg.toml` is
the file that `YGG_CONFIG` names, else `./ygg.toml`, else `$XDG_CONFIG_HOME/yggdrasil/ygg.toml`, in
`~/.config` when that is not set. One file is read, never two together. Lists and tables are JSON
in the environment: `YGG_EXECUTOR__TAGS='["gpu"]'`. A name that is no setting is refused, with the
nearest that is one: by every verb where it stands alone, inside a table by what reads the table
and by `ygg doctor`. [examples/ygg.toml](../../examples/ygg.toml) is a file for three machines.
"""

_TITLES = {"": "Outside of any table", "routes.table": "`[[routes.table]]` and `[[routes.extra]]`"}

_MACHINES_OWN = {
    "data_dir": "`$XDG_DATA_HOME/yggdrasil`, else `~/.local/share/yggdrasil`",
    "executor.name": "the host's name",
    "executor.machine": "the host's name",
}
"""Defaults that the machine decides."""


@dataclass(frozen=True)
class Setting:
    key: str
    """As in ygg.toml, with dots: `executor.name`."""
    variable: str
    """The environment variable; nothing for what has its place in a list or a named table."""
    takes: str
    default: str
    """Nothing when it must be given."""
    says: str


def page() -> str:
    return document("Settings", _INTRODUCTION, _parts())


def settings() -> dict[str, list[Setting]]:
    """Every setting, by the table of ygg.toml that it stands in."""
    found = {"": _settings_of(Settings, "")}
    for name, field in Settings.model_fields.items():
        group = _group(field)
        if group is not None:
            found[name] = _settings_of(group, name)
    found["routes.table"] = _settings_of(Route, "routes.table", alone=False)
    found["secrets.NAME"] = _settings_of(SecretRules, "secrets.NAME", alone=False)
    found["queues.NAME"] = _settings_of(QueueRules, "queues.NAME", alone=False)
    return found


def _parts() -> Iterator[str]:
    for name, found in settings().items():
        yield f"## {_TITLES.get(name, f'`[{name}]`')}"
        for one in found:
            facts = [f"`{one.variable}`"] if one.variable else []
            facts += [one.takes, f"default: {one.default}" if one.default else "required"]
            yield f"### `{one.key}`\n\n{one.says}\n\n{' · '.join(facts)}"
    rows = [(f"`{each.prefix}`", f"`{each.queue}`", each.served_by) for each in Routes().table]
    yield "## The built-in routes\n\n" + table(("prefix", "queue", "served_by"), rows)


_KINDS = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    Path: "path",
    SecretStr: "text, secret",
    str: "text",
}


def _settings_of(model: type[BaseModel], place: str, *, alone: bool = True) -> list[Setting]:
    said = docstrings(model)
    found = []
    for name, field in model.model_fields.items():
        if _group(field) is not None:
            continue
        key = f"{place}.{name}" if place else name
        variable = "YGG_" + key.replace(".", "__").upper() if alone else ""
        says = said.get(name, "")
        found.append(Setting(key, variable, _takes(field), _default(key, field), says))
    return found


def _group(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _takes(field: FieldInfo) -> str:
    words = {"ge": "at least", "gt": "above", "le": "at most"}
    bounds = [
        f", {word} {getattr(rule, name)}"
        for rule in field.metadata
        for name, word in words.items()
        if hasattr(rule, name)
    ]
    return _kind(field.annotation) + "".join(bounds)


def _kind(annotation: Any) -> str:
    inner = [_bare(part) for part in get_args(annotation) if part not in (NoneType, Ellipsis)]
    origin = get_origin(annotation)
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in inner)
    if origin is dict and inner[-1] is int:
        return "table of whole numbers"
    if origin in (tuple, frozenset) and inner[0] in _KINDS:
        return "list of paths" if inner[0] is Path else f"list of {_KINDS[inner[0]]}"
    if origin in (tuple, dict):
        return "tables"
    return _kind(inner[0]) if inner else _KINDS[annotation]


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _default(key: str, field: FieldInfo) -> str:
    if key in _MACHINES_OWN or field.is_required():
        return _MACHINES_OWN.get(key, "")
    if field.default_factory is not None:
        raise LookupError(f"{key}: say in _MACHINES_OWN what its default is")
    if key == "routes.table":
        return "[below](#the-built-in-routes)"
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", {}, (), frozenset()):
        return "none"
    return f"`{json.dumps(value)}`" + (_size(value) if key.endswith("_bytes") else "")


def _size(count: int) -> str:
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= unit:
            return f" ({count // unit} {name})"
    return ""
