#!/usr/bin/python3 -I
"""The gate: what an account that Yggdrasil uses may do on a host, and nothing else.

One file that needs Python 3.9 and nothing of ours, to be copied to the host as
/usr/local/bin/ygg-ops-gate. There the account's authorized_keys say

    restrict,command="/usr/local/bin/ygg-ops-gate" ssh-ed25519 AAAA…

and /etc/yggdrasil/ops-gate.json says what it may do. Handlers build their commands from the table
below, and the gate lets nothing else pass. No shell reads a command once it is here.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import stat
import sys
import syslog
from collections.abc import Mapping, Sequence
from typing import NoReturn

CONFIG = "/etc/yggdrasil/ops-gate.json"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
REFUSED = 77
"""The exit code of a command that the gate refused."""
NOT_FOUND = 127
MOST_CHARACTERS = 4096

KINDS = {
    "unit": r"[A-Za-z0-9_][A-Za-z0-9_.:@\\-]{0,200}\.(service|socket|timer|mount|path|target)",
    "count": r"[1-9][0-9]{0,4}",
    "since": (
        r"-[1-9][0-9]{0,5}(s|min|h|d)"
        r"|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC"
    ),
    "priority": r"emerg|alert|crit|err|warning|notice|info|debug",
    "text": r"[^\x00-\x1f\x7f]{1,200}",
    "word": r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,100}",
    "number": r"[0-9]{1,12}",
    # No part begins with a dot, so none is `..`.
    "path": r"(/[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,100}){1,20}",
}
"""What a value may be, as a whole."""
_MAYBE_OPTIONS = ("since", "text")
"""Kinds whose values may begin with a dash: a word that begins with one stands behind `--`."""

_UNIT_FACTS = (
    "Id,Description,LoadState,ActiveState,SubState,Result,UnitFileState,"
    "MainPID,MemoryCurrent,NRestarts,ActiveEnterTimestamp"
)
_SYSTEMCTL = ("systemctl", "--no-ask-password")

ACTIONS: dict[str, tuple[str, ...]] = {
    "ping": ("true",),
    "os": ("cat", "/etc/os-release"),
    "kernel": ("uname", "--kernel-name", "--nodename", "--kernel-release", "--machine"),
    "processor": ("lscpu", "--json"),
    "memory": ("cat", "/proc/meminfo"),
    "uptime": ("cat", "/proc/uptime", "/proc/loadavg"),
    "boot": ("cat", "/proc/sys/kernel/random/boot_id"),
    "disk": ("df", "--block-size=1", "--output=source,fstype,size,used,avail,itotal,iused,target"),
    "gpus": (
        *("nvidia-smi", "--query-gpu=name,memory.total,driver_version"),
        "--format=csv,noheader,nounits",
    ),
    "podman": ("podman", "--version"),
    "system": ("systemctl", "is-system-running"),
    "service-status": (
        *("systemctl", "show", "--timestamp=unix", f"--property={_UNIT_FACTS}"),
        *("--", "{unit}"),
    ),
    "service-start": (*_SYSTEMCTL, "start", "--", "{unit}"),
    "service-stop": (*_SYSTEMCTL, "stop", "--", "{unit}"),
    "service-restart": (*_SYSTEMCTL, "restart", "--", "{unit}"),
    "journal": (
        *("journalctl", "--no-pager", "--utc", "--output=short-iso", "--lines={count}"),
        *("[--since={since}]", "[--priority={priority}]", "[--grep={text}]", "[--unit={unit}]"),
    ),
    "power-suspend": (*_SYSTEMCTL, "suspend"),
    "power-reboot": (*_SYSTEMCTL, "reboot"),
    "power-off": (*_SYSTEMCTL, "poweroff"),
}
"""All that handlers run on a host, as shapes: `{kind}` or `{name:kind}` stands for a value, a word
in brackets may lack. What is not about services, the journal or power only reads."""

_CHANGES = ("service-start", "service-stop", "service-restart")
_SLOT = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")


class Refused(Exception):
    """The gate does not let it pass; the message says why."""


def build(shape: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The command of a shape. ValueError for a value that is missing, unknown or not allowed."""
    words: list[str] = []
    used: set[str] = set()
    for word in shape:
        names = _names(word)
        if _optional(word) and not names <= set(values):
            continue
        words.append(_SLOT.sub(lambda slot: _value(slot, values), _bare(word)))
        used |= names
    unknown = sorted(set(values) - used)
    if unknown:
        raise ValueError(f"it takes no {', '.join(unknown)}")
    return words


def match(shape: Sequence[str], argv: Sequence[str]) -> dict[str, str] | None:
    """The values in a command of that shape; nothing if it has another."""
    values: dict[str, str] = {}
    left = list(argv)
    for word in shape:
        found = re.fullmatch(_pattern(_bare(word)), left[0]) if left else None
        if found:
            values.update(found.groupdict())
            left.pop(0)
        elif not _optional(word):
            return None
    return None if left else values


def check_shape(shape: Sequence[str]) -> None:
    """ValueError if it names no kind of value, one value twice, or lets a value be an option."""
    slots = [slot for word in shape for slot in _SLOT.finditer(word)]
    for slot in slots:
        if (slot[2] or slot[1]) not in KINDS:
            raise ValueError(
                f"{slot[0]}: no kind {slot[2] or slot[1]}; there are {', '.join(KINDS)}"
            )
    if len({slot[1] for slot in slots}) < len(slots):
        raise ValueError("one value stands in two places")
    if not shape or not shape[0] or _SLOT.search(shape[0]) or _optional(shape[0]):
        raise ValueError("it must begin with a program")
    for word in shape[: shape.index("--") if "--" in shape else None]:
        first = _SLOT.match(_bare(word))
        if first and (first[2] or first[1]) in _MAYBE_OPTIONS:
            raise ValueError(f"{first[0]} could be an option: put `--` or `--name=` before it")


def _optional(word: str) -> bool:
    return len(word) > 2 and word.startswith("[") and word.endswith("]")


def _bare(word: str) -> str:
    return word[1:-1] if _optional(word) else word


def _names(word: str) -> set[str]:
    return {slot[1] for slot in _SLOT.finditer(word)}


def _value(slot: re.Match[str], values: Mapping[str, str]) -> str:
    name, kind = slot[1], slot[2] or slot[1]
    if name not in values:
        raise ValueError(f"{name} is missing")
    if not re.fullmatch(KINDS[kind], values[name]):
        raise ValueError(f"{name}: {values[name][:80]!r} is no {kind}")
    return values[name]


def _pattern(word: str) -> str:
    pattern, end = "", 0
    for slot in _SLOT.finditer(word):
        pattern += re.escape(word[end : slot.start()])
        pattern += f"(?P<{slot[1]}>{KINDS[slot[2] or slot[1]]})"
        end = slot.end()
    return pattern + re.escape(word[end:])


class Config:
    """What the host's administrator allows: the keys of the configuration file."""

    def __init__(
        self,
        *,
        units: Sequence[str] = (),
        journal: Sequence[str] = (),
        power: Sequence[str] = (),
        commands: Mapping[str, Sequence[str]] | None = None,
        instead: Mapping[str, Sequence[str]] | None = None,
        sudo: bool = False,
        log: str = "",
    ) -> None:
        self.units = units
        """What may be started, stopped and restarted."""
        self.journal = journal
        """Units whose journal may be read, as globs; `*` means the whole journal too."""
        self.power = power
        """Which of `suspend`, `reboot` and `off` may be done."""
        self.commands = commands or {}
        """What ops-shell may run: a shape each, by name."""
        self.instead = instead or {}
        """What is run in place of an action, by the action's name."""
        self.sudo = sudo
        """Whether what changes units or power begins with `sudo -n`."""
        self.log = log
        """A file that is told what was refused or changed; by default syslog is."""
        for shape in (*self.commands.values(), *self.instead.values()):
            check_shape(shape)


def read_config(path: str) -> Config:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  a file of Python 3.9
            if os.fstat(file.fileno()).st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise Refused(f"others than its owner may write {path}")
            return Config(**json.load(file))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise Refused(f"{path}: {error}") from error


def decide(line: str, config: Config) -> tuple[str, list[str]]:
    """The action that a line from SSH asks for, and the command to run for it; or Refused."""
    argv = _words(line)
    for action, shape in ACTIONS.items():
        values = match(shape, argv)
        if values is not None:
            _permit(action, values, config)
            return action, _command(action, argv, values, config)
    for name, own in config.commands.items():
        if match(own, argv) is not None:
            return name, argv
    raise Refused("this command is not allowed here")


def _words(line: str) -> list[str]:
    if not line:
        raise Refused("single commands only, there is no login here")
    if len(line) > MOST_CHARACTERS or not line.isprintable():
        raise Refused("too long, or with characters that cannot be printed")
    try:
        argv = shlex.split(line)
    except ValueError as error:
        raise Refused(str(error)) from error
    # One spelling for each command: what a shell might read otherwise has another.
    if shlex.join(argv) != line:
        raise Refused("not written as Yggdrasil writes it")
    return argv


def _permit(action: str, values: Mapping[str, str], config: Config) -> None:
    unit = values.get("unit", "")
    if action.startswith("power-") and action[len("power-") :] not in config.power:
        raise Refused(f"{action} is not allowed here")
    if action in _CHANGES and unit not in config.units:
        raise Refused(f"{unit} is not among the units that may be changed here")
    if action == "journal" and not any(fnmatch.fnmatchcase(unit, one) for one in config.journal):
        raise Refused(f"the journal of {unit or 'the whole machine'} may not be read here")


def _command(action: str, argv: list[str], values: Mapping[str, str], config: Config) -> list[str]:
    instead = config.instead.get(action)
    if instead is not None:
        wanted = set().union(*map(_names, instead))
        return build(instead, {name: value for name, value in values.items() if name in wanted})
    if config.sudo and (action in _CHANGES or action.startswith("power-")):
        return ["sudo", "-n", "--", *argv]
    return argv


def main() -> NoReturn:
    line = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    config = Config()
    try:
        config = read_config(sys.argv[1] if len(sys.argv) > 1 else CONFIG)
        action, argv = decide(line, config)
    except Refused as error:
        _note(config, f"refused: {error}: {line[:500]!a}")
        _leave(f"refused: {error}", REFUSED)
    if action in _CHANGES or action.startswith("power-") or action in config.commands:
        _note(config, f"{action}: {shlex.join(argv)}")
    program = shutil.which(argv[0], path=PATH)
    if program is None:
        _leave(f"command not found: {argv[0]}", NOT_FOUND)
    kept = {name: os.environ[name] for name in ("HOME", "USER", "LOGNAME") if name in os.environ}
    os.execve(program, argv, {**kept, "PATH": PATH, "LANG": "C.UTF-8"})  # noqa: S606  no shell


def _note(config: Config, text: str) -> None:
    text = f"{os.environ.get('SSH_CLIENT', '?').partition(' ')[0]} {text}"
    if not config.log:
        syslog.openlog("ygg-ops-gate", 0, syslog.LOG_AUTH)
        syslog.syslog(text)
        return
    with open(config.log, "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text + "\n")


def _leave(text: str, code: int) -> NoReturn:
    sys.stderr.write(f"ygg-ops-gate: {text}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
