"""Which coordinator the command line talks to, found without a heavy import.

`YGG_URL` and `YGG_TOKEN`, then `url` and `token` of `ygg.toml`, then the embedded fleet that
`ygg up` left running in the data folder. `Settings` has the same two fields with the same
meaning; this module exists because reading them there would triple the time of `ygg submit`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ygg.errors import BadInput

DEFAULT_URL = "http://127.0.0.1:7420"


@dataclass(frozen=True)
class Target:
    url: str
    token: str | None


def default_data_dir() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "yggdrasil"


def config_file() -> Path | None:
    named = os.environ.get("YGG_CONFIG")
    if named:
        if not Path(named).is_file():
            raise BadInput(f"YGG_CONFIG names {named}, which is no file", field="YGG_CONFIG")
        return Path(named)
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for file in (Path("ygg.toml"), home / "yggdrasil" / "ygg.toml"):
        if file.is_file():
            return file
    return None


def find_target() -> Target:
    url = os.environ.get("YGG_URL")
    token = os.environ.get("YGG_TOKEN")
    data_dir = os.environ.get("YGG_DATA_DIR")
    file = None if url and token else config_file()
    if file:
        told = _read_toml(file)
        url = url or told.get("url")
        token = token or told.get("token")
        data_dir = data_dir or told.get("data_dir")
    folder = Path(data_dir) if data_dir else default_data_dir()
    if not url:
        url = _embedded_url(folder) or DEFAULT_URL
    if not token:
        token = _read_line(token_file(folder))
    return Target(url.rstrip("/"), token)


def token_file(data_dir: Path) -> Path:
    """The administrator's token that a coordinator makes for its own machine at first start."""
    return data_dir / "admin.token"


def state_file(data_dir: Path) -> Path:
    """What `ygg up` is running: JSON with `url`, `flower_url`, `redis_url` and `pid`."""
    return data_dir / "embedded.json"


def flower_password_file(data_dir: Path) -> Path:
    return data_dir / "flower.password"


def _embedded_url(data_dir: Path) -> str | None:
    text = _read_line(state_file(data_dir))
    if not text:
        return None
    try:
        found = json.loads(text)["url"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(found)


def _read_line(file: Path) -> str | None:
    try:
        return file.read_text().strip() or None
    except OSError:
        return None


def _read_toml(file: Path) -> dict[str, str]:
    import tomllib

    try:
        found = tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: {error}", field="ygg.toml") from error
    return {key: str(found[key]) for key in ("url", "token", "data_dir") if key in found}
