"""The inventory: a plain file of Ansible's in YAML, read with care.

    all:
      hosts:
        fenrir:
          ansible_host: 100.64.0.11
          ygg_queues: [dev, git, plan]
      children:
        executors:
          hosts:
            fenrir:

A host stands under `all` or under any of its groups; what is said of it is gathered as by Ansible.
Unknown groups and variables are refused with the nearest known one: variables of one's own belong
into host_vars/ and group_vars/ beside the file, which Ansible reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from coordinator.fleet.machine import Group, Machine, Variables
from ygg.errors import BadInput
from ygg.labels import machine_queue, nearest

GROUPS: tuple[str, ...] = get_args(Group)
ALL, UNGROUPED = "all", "ungrouped"
_PARTS = ("hosts", "vars", "children")
_LISTED = "write a list: [dev, git]"


@dataclass(frozen=True)
class Inventory:
    file: Path
    machines: Mapping[str, Machine]

    def group(self, name: str) -> list[Machine]:
        return [one for one in self.machines.values() if name in one.groups]

    def machine(self, name: str) -> Machine:
        found = self.machines.get(name)
        if found is None:
            near = nearest(name, self.machines)
            known = ", ".join(self.machines) or "none"
            raise BadInput(
                f"no machine {name!r} in {self.file}",
                field="machine",
                hint=f"did you mean {near}?" if near else f"there are: {known}",
            )
        return found


def read_inventory(file: Path) -> Inventory:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BadInput(
            f"there is no inventory {file}", hint="next: ygg machines add NAME --address HOST"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}") from error
    return inventory_of(document_of(text, file), file)


def document_of(text: str, file: Path) -> CommentedMap:
    """With its comments, and where each key stands."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    try:
        found = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{file}:{line}: {_words(error)}", hint=_hint(text)) from error
    except (YAMLError, ValueError) as error:
        raise BadInput(f"{file} is no YAML: {error}") from error
    if found is None:
        return CommentedMap()
    if not isinstance(found, CommentedMap):
        raise BadInput(f"{file}: an inventory begins with `all:`", hint=_hint(text))
    return found


def _words(error: MarkedYAMLError) -> str:
    """The first of what may be many lines of advice."""
    said = str(error.problem or error.context or "no YAML").splitlines()[0]
    if isinstance(error, DuplicateKeyError):
        return said.split(" with value", 1)[0] + ": it stands here twice"
    return said


def _hint(text: str) -> str | None:
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    is_ini = next(lines, "").startswith("[")
    return "Ansible's older form, INI, is not read: write YAML" if is_ini else None


def inventory_of(document: CommentedMap, file: Path) -> Inventory:
    reader = _Reader(file)
    for name in document:
        reader.group(document, name, ())
    return Inventory(file, {name: reader.machine(name) for name in reader.hosts})


def wrong_variable(error: ValidationError) -> tuple[str, str]:
    """The first of them, and what is wrong with it."""
    first = error.errors()[0]
    words = _LISTED if first["type"] == "tuple_type" else first["msg"]
    return str(first["loc"][0]), words.removeprefix("Value error, ")


@dataclass
class _Host:
    groups: dict[str, int] = field(default_factory=dict)
    """How deep each lies: the deeper says more of a host."""
    said: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Reader:
    file: Path
    hosts: dict[str, _Host] = field(default_factory=dict)
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of groups."""

    def group(self, parent: CommentedMap, name: str, above: tuple[str, ...]) -> None:
        self._check_group(parent, name, above)
        node = self._mapping(parent, name)
        self._check_known(node, node, _PARTS, f"part of the group {name}")
        around = (*above, name)
        own = self._mapping(node, "vars")
        self.said.setdefault(name, {}).update(self._variables(own, name))
        hosts = self._mapping(node, "hosts")
        for host in hosts:
            self._host(hosts, host, around)
        children = self._mapping(node, "children")
        for child in children:
            self.group(children, child, around)

    def _host(self, hosts: CommentedMap, name: str, around: tuple[str, ...]) -> None:
        self._check_name(hosts, name)
        found = self.hosts.setdefault(name, _Host())
        for depth, group in enumerate(around):
            found.groups[group] = max(depth, found.groups.get(group, 0))
        found.said.update(self._variables(self._mapping(hosts, name), name))

    def machine(self, name: str) -> Machine:
        host = self.hosts[name]
        whole: dict[str, Any] = {}
        for group, _ in sorted(host.groups.items(), key=lambda one: (one[1], one[0])):
            whole |= self.said.get(group, {})
        return Machine(
            name=name,
            groups=frozenset(host.groups) - {ALL, UNGROUPED},
            own=Variables(**host.said),
            variables=Variables(**whole | host.said),
        )

    def _mapping(self, parent: CommentedMap, key: str) -> CommentedMap:
        found = parent.get(key)
        if found is None:
            return CommentedMap()
        if not isinstance(found, CommentedMap):
            raise self._wrong(parent, key, f"{key} holds names with what is said of each")
        return found

    def _check_group(self, parent: CommentedMap, name: str, above: tuple[str, ...]) -> None:
        known = (*GROUPS, UNGROUPED) if above else (ALL, UNGROUPED, *GROUPS)
        self._check_known(parent, [name], known, "group")
        if name in above:
            raise self._wrong(parent, name, f"the group {name} lies in itself")

    def _check_name(self, hosts: CommentedMap, name: object) -> None:
        if not isinstance(name, str):
            says = f"{name!r} is no name of a machine"
            raise self._wrong(hosts, name, says, "quotes around it make it one")
        try:
            machine_queue(name)
        except BadInput as error:
            hint = "; ".join(error.allowed or ())
            raise self._wrong(hosts, name, f"{name!r} is no name of a machine", hint) from error

    def _variables(self, said: CommentedMap, of: str) -> dict[str, Any]:
        self._check_known(said, said, tuple(Variables.model_fields), f"variable, said of {of}")
        try:
            Variables(**said)
        except ValidationError as error:
            key, words = wrong_variable(error)
            raise self._wrong(said, key, f"{key} of {of}: {words}") from error
        return dict(said)

    def _check_known(
        self, parent: CommentedMap, keys: Any, known: tuple[str, ...], what: str
    ) -> None:
        for key in keys:
            if key not in known:
                near = nearest(str(key), known)
                hint = f"did you mean {near}?" if near else f"known: {', '.join(known)}"
                raise self._wrong(parent, key, f"{key!r} is no {what}", hint)

    def _wrong(
        self, parent: CommentedMap, key: object, message: str, hint: str | None = None
    ) -> BadInput:
        places: dict[object, Any] = parent.lc.data or {}
        line = f":{places[key][0] + 1}" if key in places else ""
        return BadInput(f"{self.file}{line}: {message}", field=str(key), hint=hint)
