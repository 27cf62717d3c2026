"""`--file PATH[=NAME]`: small files travel in the request, larger ones are stored first."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import NamedTuple

from ygg.cli.read import STDIN, Reader
from ygg.client import Client
from ygg.errors import BadInput

FIELD = "--file"
INLINE_BYTES = 32 * 1024
"""As `inline_bytes` in the settings, which cost too much to read here."""


class Input(NamedTuple):
    name: str
    content: bytes
    sha256: str


def read_inputs(given: tuple[str, ...], reader: Reader) -> list[Input]:
    found: dict[str, Input] = {}
    for text in given:
        path, name = _split(text)
        _check_name(name)
        if name in found:
            raise BadInput(
                f"two files are called {name!r}", field=FIELD, hint="name one: --file PATH=NAME"
            )
        content = _read(path, reader)
        found[name] = Input(name, content, hashlib.sha256(content).hexdigest())
    return list(found.values())


def large(inputs: list[Input]) -> list[Input]:
    return [each for each in inputs if len(each.content) > INLINE_BYTES]


def small(inputs: list[Input]) -> list[Input]:
    return [each for each in inputs if len(each.content) <= INLINE_BYTES]


def store(inputs: list[Input], client: Client) -> None:
    for each in inputs:
        client.put_blob(each.sha256, each.content)


def as_request(inputs: list[Input]) -> list[dict[str, object]]:
    return [{"path": each.name, "blob": _blob(each)} for each in inputs]


def _blob(each: Input) -> dict[str, object]:
    blob: dict[str, object] = {"sha256": each.sha256, "size_bytes": len(each.content)}
    if len(each.content) <= INLINE_BYTES:
        blob["inline_base64"] = base64.b64encode(each.content).decode()
    return blob


def _split(text: str) -> tuple[str, str]:
    """A path may itself contain `=`: if the whole is a file, it is the path."""
    path, equals, name = text.rpartition("=")
    if not equals or Path(text).exists():
        path, name = text, Path(text).name
    if path == STDIN and name == STDIN:
        raise BadInput("standard input needs a name", field=FIELD, hint="--file -=NAME")
    return path, name


def _check_name(name: str) -> None:
    parts = name.split("/")
    if not name or name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise BadInput(
            f"{name!r} cannot be the name of an input file",
            field=FIELD,
            allowed=["a relative path without `.` or `..`: data/in.csv"],
        )
    if not name.isprintable():
        raise BadInput(f"{name!r} contains a control character", field=FIELD)


def _read(path: str, reader: Reader) -> bytes:
    if path != STDIN and Path(path).is_dir():
        raise BadInput(
            f"{path!r} is a folder", field=FIELD, hint=f"pack it: tar -cf input.tar {path}"
        )
    return reader.read(path, FIELD)
