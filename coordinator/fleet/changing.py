"""Changes to the inventory by `ygg machines`: what a person wrote stays, comments and all."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from coordinator.fleet.inventory import ALL, Inventory, document_of, inventory_of
from ygg.embedded.secret_files import PUBLIC, rewrite
from ygg.errors import BadInput, Conflict
from ygg.lock import take

Value = str | int | bool | tuple[str, ...]
LOCK_SECONDS = 10.0
_NEW = """\
# The machines of this fleet. `ygg machines` edits this file and leaves your comments alone;
# `ansible-playbook -i` takes it as it is.
all:
  hosts: {}
  children: {}
"""


def add(file: Path, name: str, said: Mapping[str, Value], groups: Iterable[str]) -> Inventory:
    def change(document: CommentedMap) -> None:
        if name in inventory_of(document, file).machines:
            raise Conflict(
                f"{name} is in {file} already", field="name", hint=f"next: ygg machines edit {name}"
            )
        hosts = _below(_below(document, ALL), "hosts")
        hosts[name] = CommentedMap()
        _say(hosts[name], said)
        _join(document, name, groups)
        _check_place(inventory_of(document, file), name)

    return _changed(file, change, new=_NEW)


def edit(
    file: Path,
    name: str,
    said: Mapping[str, Value],
    *,
    unsaid: Iterable[str] = (),
    join: Iterable[str] = (),
    leave: Iterable[str] = (),
) -> Inventory:
    """Only what is said of the machine itself; what its groups say is for a person to change."""

    def change(document: CommentedMap) -> None:
        inventory_of(document, file).machine(name)
        places = list(_places(document, name))
        for key in unsaid:
            for hosts in places:
                (hosts[name] or {}).pop(key, None)
        for key, value in said.items():
            _say(_one_that_says(places, name, key), {key: value})
        _join(document, name, join)
        for group in leave:
            _leave(document, name, group, file)
        if any(key.startswith("ansible_") for key in (*said, *unsaid)):
            _check_place(inventory_of(document, file), name)

    return _changed(file, change)


def remove(file: Path, name: str) -> Inventory:
    def change(document: CommentedMap) -> None:
        inventory_of(document, file).machine(name)
        for hosts in list(_places(document, name)):
            del hosts[name]

    return _changed(file, change)


def _check_place(found: Inventory, name: str) -> None:
    """Two names of one machine would each have an executor there, and one unit for both."""
    here = found.machine(name)
    for other in found.machines.values():
        if other.name != name and other.place == here.place:
            raise Conflict(
                f"{other.name} is at {here.address} already: a machine has one name",
                field="address",
                hint=f"to have it do more: ygg machines edit {other.name} --group GROUP",
            )


def _changed(file: Path, change: Callable[[CommentedMap], None], new: str = "") -> Inventory:
    with _alone(file):
        text = file.read_text(encoding="utf-8") if file.exists() or not new else new
        document = document_of(text, file)
        change(document)
        written = _text(document)
        found = inventory_of(document_of(written, file), file)
        rewrite(file, written)
    return found


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """By whatever name it is reached. Whoever may write the file may write its lock."""
    target = file.resolve()
    lock = target.with_name(f".{target.name}.lock")
    held = None
    try:
        held = take(lock, str(os.getpid()), seconds=LOCK_SECONDS, mode=PUBLIC)
        if held is None:
            raise Conflict(f"somebody else is changing {file}", hint="try again in a moment")
        yield
    except OSError as error:
        where = error.filename or file
        raise BadInput(f"{file} cannot be changed: {where}: {error.strerror}") from error
    finally:
        if held is not None:
            held.release()


def _text(document: CommentedMap) -> str:
    yaml = YAML(typ="rt")
    yaml.width = 4096  # a long line stays one
    yaml.indent(mapping=2, sequence=4, offset=2)
    # Ansible's way to write a host of which nothing is said, `fenrir:`
    yaml.representer.add_representer(
        type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "")
    )
    output = io.StringIO()
    yaml.dump(document, output)
    return output.getvalue()


def _below(parent: CommentedMap, key: str) -> CommentedMap:
    """A mapping of the file; made where there is none, and in a block where it was empty braces."""
    if not parent.get(key):
        parent[key] = CommentedMap()
    found: CommentedMap = parent[key]
    return found


def _say(host: CommentedMap, said: Mapping[str, Value]) -> None:
    for key, value in said.items():
        if isinstance(value, tuple):
            listed = CommentedSeq(value)
            listed.fa.set_flow_style()
            host[key] = listed
        else:
            host[key] = value


def _groups(document: CommentedMap) -> Iterable[tuple[str, CommentedMap]]:
    """Every group of the file with its node, the outer before the inner."""
    left = [(str(name), node) for name, node in document.items()]
    while left:
        name, node = left.pop(0)
        if node:
            yield name, node
            left += [(str(child), below) for child, below in (node.get("children") or {}).items()]


def _places(document: CommentedMap, name: str) -> Iterable[CommentedMap]:
    """All `hosts` in which the machine stands."""
    for _, node in _groups(document):
        if name in (node.get("hosts") or {}):
            yield node["hosts"]


def _one_that_says(places: list[CommentedMap], name: str, key: str) -> CommentedMap:
    """Where it is said now, or where most is said."""
    said = [hosts[name] for hosts in places if hosts[name]]
    found = next((one for one in said if key in one), None) or next(iter(said), None)
    if found is None:
        found = places[0][name] = CommentedMap()
    return found


def _join(document: CommentedMap, name: str, groups: Iterable[str]) -> None:
    for group in groups:
        node = next((node for found, node in _groups(document) if found == group), None)
        if node is None:
            children = _below(_below(document, ALL), "children")
            node = children[group] = CommentedMap()
        _below(node, "hosts").setdefault(name, None)


def _leave(document: CommentedMap, name: str, group: str, file: Path) -> None:
    for found, node in _groups(document):
        if found == group and name in (node.get("hosts") or {}):
            if node["hosts"][name]:
                raise BadInput(
                    f"{file} says more of {name} under {group}", hint="move it by hand first"
                )
            del node["hosts"][name]
            return
    raise BadInput(f"{name} is not in the group {group}", field="group")
