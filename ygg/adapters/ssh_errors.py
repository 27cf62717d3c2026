"""What goes wrong with SSH, each with what to do about it.

YggError
├── Unreachable
│   ├── ConnectionLost       it was there, and went away
│   └── TooSlow              a command did not end in time
└── Denied
    ├── HostKeyUnknown       nobody has said yet which key the machine has
    └── HostKeyChanged       it has another than it had
"""

from __future__ import annotations

from pathlib import Path

from ygg.errors import BadInput, Denied, Unreachable


class ConnectionLost(Unreachable):
    code = "connection_lost"


class TooSlow(Unreachable):
    code = "too_slow"


class HostKeyUnknown(Denied):
    code = "host_key_unknown"
    key: str
    """Its kind and fingerprint, for people to compare."""
    known_line: str
    """As a file of known hosts has it."""
    file: Path
    """Where that belongs."""


class HostKeyChanged(Denied):
    code = "host_key_changed"


def name_unknown(host: str) -> Unreachable:
    return Unreachable(
        f"no machine is named {host}", hint="check the address, and the name service"
    )


def refused(where: str) -> Unreachable:
    return Unreachable(f"{where} refuses the connection", hint="does its SSH server run there?")


def timed_out(where: str, seconds: float) -> Unreachable:
    return Unreachable(
        f"{where} did not answer within {seconds:g} s",
        hint="is the machine on, and does its firewall let this one in?",
    )


def not_reached(where: str, reason: object) -> Unreachable:
    return Unreachable(f"{where} cannot be reached: {reason}")


def no_ssh(where: str, reason: object) -> Unreachable:
    return Unreachable(f"{where} does not speak SSH as it should: {reason}")


def connection_lost(where: str) -> ConnectionLost:
    return ConnectionLost(f"the connection to {where} was cut")


def too_slow(where: str, command: str, seconds: float) -> TooSlow:
    return TooSlow(f"{command} on {where} did not end within {seconds:g} s")


def no_channel(where: str, reason: object) -> Unreachable:
    return Unreachable(
        f"{where} does not run commands for this login: {reason}",
        hint="its sshd may limit sessions (MaxSessions), or what this key may do",
    )


def host_key_unknown(where: str, key: str, line: str, file: Path, scan: str) -> HostKeyUnknown:
    found = HostKeyUnknown(
        f"the host key of {where} is not known: {key}",
        hint=f"if the machine itself shows the same (ssh-keygen -lf /etc/ssh/ssh_host_*.pub), "
        f"add it: {scan} >> {file}",
    )
    found.key, found.known_line, found.file = key, line, file
    return found


def host_key_changed(where: str, key: str, expected: str, files: str, name: str) -> HostKeyChanged:
    return HostKeyChanged(
        f"the host key of {where} has changed: it was {expected}, now it is {key}",
        hint="somebody may stand between. If the machine was set up anew, "
        f"remove the old key: ssh-keygen -R '{name}' -f {files}",
    )


def login_refused(where: str, user: str, tried: str) -> Denied:
    return Denied(
        f"{where} does not let {user} in with {tried}",
        hint=f"is the public key in {user}'s authorized_keys there?",
    )


def no_key(where: str, user: str) -> Denied:
    return Denied(
        f"there is no key to log in to {where} as {user} with",
        hint="name a key_file, or run an agent with a key (SSH_AUTH_SOCK)",
    )


def no_such_file(kind: str, path: Path, hint: str) -> BadInput:
    return BadInput(f"there is no {kind} {path}", hint=hint)


def key_needs_passphrase(path: Path) -> BadInput:
    return BadInput(
        f"the key {path} needs a passphrase",
        hint="load it into an agent (ssh-add), or give the executor a key of its own without one",
    )


def key_unusable(path: Path, reason: object) -> BadInput:
    return BadInput(f"the key {path} cannot be used: {reason}")
