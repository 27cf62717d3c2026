"""Which coordinator the command line talks to, found without a heavy import.

`YGG_URL` and `YGG_TOKEN`, then `url` and `token` of `ygg.toml`, then the coordinator that runs on
the data folder now. `Settings` has the same two fields with the same meaning; this module exists
because reading them there would triple the time of `ygg submit`.

The administrator's token in the data folder goes to the coordinator that runs on this folder and
to nobody else: while it is down, another program may listen where it did.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ygg import lock
from ygg.errors import BadInput, Unreachable
from ygg.spelling import check_keys, check_variables

DEFAULT_URL = "http://127.0.0.1:7420"
DATA_DIR_HINT = "set YGG_DATA_DIR to a folder that you may write to"


@dataclass(frozen=True)
class Target:
    url: str
    token: str | None


def default_data_dir() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "yggdrasil"


def config_home() -> Path:
    """Where this user's programs are told what to do."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def own_config_file() -> Path:
    """Read where no other is named; it need not be there."""
    return config_home() / "yggdrasil" / "ygg.toml"


def config_file() -> Path | None:
    named = os.environ.get("YGG_CONFIG")
    if named:
        if not Path(named).is_file():
            raise BadInput(f"YGG_CONFIG names {named}, which is no file", field="YGG_CONFIG")
        return Path(named)
    for file in (Path("ygg.toml"), own_config_file()):
        if file.is_file():
            return file
    return None


def find_target() -> Target:
    check_variables()
    url = os.environ.get("YGG_URL")
    token = os.environ.get("YGG_TOKEN")
    told = {} if url and token else _told()
    url = url or told.get("url")
    token = token or told.get("token")
    folder = _data_dir(told)
    here = None if url and token else running_url(folder)
    if not url and not here and not token:
        _check_folder(folder)
        raise Unreachable(
            f"not running: no coordinator runs on the data folder {folder}",
            hint="ygg up --detach, or set YGG_URL to a coordinator elsewhere",
        )
    url = (url or here or DEFAULT_URL).rstrip("/")
    if not token and here and _is_same(url, here):
        token = _read_line(token_file(folder))
    return Target(url, token)


def data_dir() -> Path:
    """The data folder, as `Settings` would find it."""
    return _data_dir({} if os.environ.get("YGG_DATA_DIR") else _told())


def running_url(data_dir: Path) -> str | None:
    """Where the coordinator of this data folder listens, if it runs.

    While an embedded fleet starts its coordinator again, this is where it will listen.
    """
    supervisor = lock.text_of_holder(lock_file(data_dir))
    if supervisor:
        found = _embedded_url(data_dir, supervisor)
        if found:
            return found
    return lock.text_of_holder(coordinator_file(data_dir)) or None


def token_file(data_dir: Path) -> Path:
    """The administrator's token that a coordinator makes for its own machine at first start."""
    return data_dir / "admin.token"


def state_file(data_dir: Path) -> Path:
    """What `ygg up` is running: JSON with `url`, `flower_url`, `redis_url` and `pid`."""
    return data_dir / "embedded.json"


def lock_file(data_dir: Path) -> Path:
    """Held by `ygg up`, with its pid."""
    return data_dir / "embedded.lock"


def coordinator_file(data_dir: Path) -> Path:
    """Held by the coordinator that runs on this folder, with its address."""
    return data_dir / "coordinator.lock"


def flower_password_file(data_dir: Path) -> Path:
    return data_dir / "flower.password"


def _embedded_url(data_dir: Path, supervisor: str) -> str | None:
    try:
        found = json.loads(_read_line(state_file(data_dir)) or "")
        # Another pid: a fleet that was killed left it, and this one is only starting.
        return str(found["url"]) if str(found["pid"]) == supervisor else None
    except (ValueError, KeyError, TypeError):
        return None


def _is_same(url: str, here: str) -> bool:
    """The port of `here` on this same machine, whatever name the machine is called by."""
    from urllib.parse import urlsplit

    if url == here:
        return True
    try:
        named, known = urlsplit(url), urlsplit(here)
        alike = (named.scheme, named.port) == (known.scheme, known.port)
    except ValueError:  # no address: the client says so
        return False
    return alike and _is_this_machine(named.hostname or "")


def _is_this_machine(host: str) -> bool:
    """Only a machine's own addresses can be bound."""
    import socket

    try:
        for family, kind, _, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            with socket.socket(family, kind) as probe:
                probe.bind(address)
    except OSError:
        return False
    return True


def _read_line(file: Path) -> str | None:
    try:
        return file.read_text().strip() or None
    except OSError:
        return None


def _data_dir(told: dict[str, str]) -> Path:
    found = os.environ.get("YGG_DATA_DIR") or told.get("data_dir")
    return Path(found) if found else default_data_dir()


def _check_folder(folder: Path) -> None:
    try:
        os.scandir(folder).close()
    except FileNotFoundError:
        return
    except OSError as error:
        message = f"the data folder {folder} cannot be used: {error.strerror}"
        raise BadInput(message, field="data_dir", hint=DATA_DIR_HINT) from error


def _told() -> dict[str, str]:
    file = config_file()
    return _read_toml(file) if file else {}


def _read_toml(file: Path) -> dict[str, str]:
    import tomllib

    try:
        found = tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: {error}", field="ygg.toml") from error
    check_keys(file, found)
    return {key: str(found[key]) for key in ("url", "token", "data_dir") if key in found}
