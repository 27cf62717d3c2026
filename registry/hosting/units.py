"""How systemd is told to run the registry: as a service, or as a container by Quadlet."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from registry.home import Home
from registry.hosting.serve import CONTAINER
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings

Kind = Literal["systemd", "quadlet"]
NAME = CONTAINER


@dataclass(frozen=True)
class Unit:
    """A file for systemd, and what a person types to have it run."""

    path: Path
    text: str
    enable: str


def unit(
    kind: Kind,
    settings: RegistrySettings,
    home: Home,
    *,
    config: Path | None,
    image: str,
    is_root: bool,
) -> Unit:
    folder = _folder(kind, is_root=is_root)
    manager = "systemctl" if is_root else "systemctl --user"
    if kind == "quadlet":
        text = quadlet(settings, home, image, is_root=is_root)
        enable = f"{manager} daemon-reload && {manager} start {NAME}"
        return Unit(folder / f"{NAME}.container", text, enable)
    text = service(home, config, is_root=is_root)
    enable = f"{manager} daemon-reload && {manager} enable --now {NAME}"
    return Unit(folder / f"{NAME}.service", text, enable)


def service(home: Home, config: Path | None, *, is_root: bool) -> str:
    environment = f"Environment=YGG_CONFIG={config}\n" if config else ""
    return (
        "[Unit]\n"
        "Description=Yggdrasil image registry\n"
        "Wants=network-online.target\n"
        "After=network-online.target\n"
        f"RequiresMountsFor={home.folder} {home.storage}\n"
        "\n"
        "[Service]\n"
        f"ExecStart={sys.executable} -P -m registry.hosting.serve\n"
        f"{environment}"
        "Restart=always\n"
        "RestartSec=2\n"
        "NoNewPrivileges=true\n"
        "ProtectSystem=strict\n"
        f"ReadWritePaths={home.folder} {home.storage}\n"
        "PrivateTmp=true\n"
        "\n"
        "[Install]\n"
        f"WantedBy={'multi-user' if is_root else 'default'}.target\n"
    )


def quadlet(settings: RegistrySettings, home: Home, image: str, *, is_root: bool) -> str:
    """The folders have the same names inside: what `ygg registry` does outside holds for both."""
    storage = "" if home.storage.is_relative_to(home.folder) else _volume(home.storage)
    return (
        "[Unit]\n"
        "Description=Yggdrasil image registry\n"
        "Wants=network-online.target\n"
        "After=network-online.target\n"
        "\n"
        "[Container]\n"
        f"ContainerName={NAME}\n"
        f"Image={image}\n"
        "Pull=never\n"
        "User=0\n"
        f"{_environment(settings, home)}"
        "Network=host\n"
        "ReadOnly=true\n"
        "NoNewPrivileges=true\n"
        "DropCapability=all\n"
        f"{_volume(home.folder)}"
        f"{storage}"
        "\n"
        "[Service]\n"
        "Restart=always\n"
        "RestartSec=2\n"
        "\n"
        "[Install]\n"
        f"WantedBy={'multi-user' if is_root else 'default'}.target\n"
    )


def _environment(settings: RegistrySettings, home: Home) -> str:
    """All that was set of the registry. Nothing of it is a secret: those are files of the home."""
    told = settings.model_dump(mode="json", exclude_unset=True)
    told |= {"home": str(home.folder), "storage": str(home.storage)}
    named = {name: one for name, one in told.items() if name not in ("ca_file", "password_file")}
    return "".join(
        f"Environment={_assigned(f'YGG_REGISTRY__{name.upper()}', one)}\n"
        for name, one in named.items()
    )


def _assigned(name: str, value: JsonValue) -> str:
    """As systemd reads it: quotes are around the whole, and % stands for something."""
    text = value if isinstance(value, str) else json.dumps(value)
    whole = f"{name}={text}".replace("\\", "\\\\").replace("%", "%%")
    if not set(whole) & set(" \"'\\"):
        return whole
    return "'" + whole.replace("'", "\\'") + "'"


def write_unit(found: Unit) -> None:
    try:
        found.path.parent.mkdir(parents=True, exist_ok=True)
        found.path.write_text(found.text, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"cannot write {found.path}: {error.strerror}", hint="run it as root, or as yourself"
        ) from error


def runs_as_root() -> bool:
    return os.geteuid() == 0


def _volume(folder: Path) -> str:
    """Labelled for SELinux, where that is in force."""
    return f"Volume={folder}:{folder}:Z\n"


def _folder(kind: Kind, *, is_root: bool) -> Path:
    if is_root:
        return Path("/etc/containers/systemd" if kind == "quadlet" else "/etc/systemd/system")
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return own / ("containers/systemd" if kind == "quadlet" else "systemd/user")
