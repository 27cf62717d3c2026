"""`--param name=value` and `--params-file`: how a label's params are written on a command line."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ygg.cli.read import Reader
from ygg.errors import BadInput

ALLOWED = ["name=value (JSON if the label takes that, else text)", "name=@FILE (what it holds)"]


def read_given(given: tuple[str, ...], reader: Reader) -> dict[str, str]:
    """Each `--param` as it stands on the command line, or in the file that it names."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise BadInput(f"{text[:80]!r} is no param", field="--param", allowed=ALLOWED)
        if name in found:
            raise BadInput(f"param {name!r} is given twice", field=f"params.{name}")
        from_file = value.startswith("@")
        found[name] = reader.read_text(value[1:], f"params.{name}") if from_file else value
    return found


def read_params(
    given: Mapping[str, str], params_file: str | None, reader: Reader
) -> dict[str, object]:
    """Those of the file, with each `--param` over it."""
    found = _read_file(params_file, reader) if params_file else {}
    return found | {name: _read_value(name, text) for name, text in given.items()}


def _read_value(name: str, value: str) -> object:
    field = f"params.{name}"
    try:
        found = parse_json(value)
    except RecursionError:
        raise BadInput("the value is nested too deeply", field=field) from None
    except ValueError:
        return value
    check_text(found, field)
    return found


def _read_file(path: str, reader: Reader) -> dict[str, object]:
    field = "--params-file"
    text = reader.read_text(path, field)
    try:
        found = parse_json(text.removeprefix("\ufeff"))
    except RecursionError:
        raise BadInput(f"{path!r} is nested too deeply", field=field) from None
    except ValueError as error:
        raise BadInput(f"{path!r} is not JSON: {error}", field=field) from None
    if not isinstance(found, dict):
        raise BadInput(f"{path!r} is no JSON object", field=field, allowed=['{"name": value, …}'])
    check_text(found, "params")
    return found


def parse_json(text: str) -> object:
    """Strict JSON: NaN and Infinity are none, and a name stands once in an object."""
    found: object = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    return found


def check_text(value: object, where: str) -> None:
    """Half characters and NUL can be written in JSON, and no database or program takes them."""
    if isinstance(value, str):
        _check_string(value, where)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            check_text(item, f"{where}[{place}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_string(name, where)
            check_text(item, f"{where}.{name}")


def _check_string(text: str, where: str) -> None:
    if "\0" in text:
        raise BadInput("the text contains a NUL character", field=where)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput("the text contains half a character", field=where) from None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON value")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
