"""How systemd is told to run the registry: as a service, or as a container by Quadlet."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from registry.home import Home
from registry.hosting.serve import CONTAINER
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings
from ygg.settings import Settings
from ygg.target import config_home

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
    variables: Mapping[str, str] | None = None,
) -> Unit:
    """`variables`: what no file says of the registry, but the environment does."""
    folder = _folder(kind, is_root=is_root)
    manager = "systemctl" if is_root else "systemctl --user"
    if kind == "quadlet":
        text = quadlet(settings, home, image, is_root=is_root)
        enable = f"{manager} daemon-reload && {manager} start {NAME}"
        return Unit(folder / f"{NAME}.container", text, enable)
    told = {**({"YGG_CONFIG": str(config)} if config else {}), **(variables or {})}
    text = service(settings, home, told, is_root=is_root)
    enable = f"{manager} daemon-reload && {manager} enable --now {NAME}"
    return Unit(folder / f"{NAME}.service", text, enable)


def variables_of(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Of a registry, and of the data folder, which a service of the system finds nowhere."""
    found = {name: value for name, value in environment.items() if _of_registry(name.upper())}
    return {"YGG_DATA_DIR": str(settings.data_dir), **found}


def _of_registry(name: str) -> bool:
    return name == "YGG_REGISTRY" or name.startswith("YGG_REGISTRY__")


def service(
    settings: RegistrySettings, home: Home, variables: Mapping[str, str], *, is_root: bool
) -> str:
    """What stands in ygg.toml is read there at each start; the folders are those of now."""
    told = {**variables, **{_variable(name): one for name, one in _places(settings, home).items()}}
    environment = "".join(f"Environment={_word(f'{name}={one}')}\n" for name, one in told.items())
    folders = " ".join(map(_word, _places(settings, home).values()))
    return (
        "[Unit]\n"
        "Description=Yggdrasil image registry\n"
        "Wants=network-online.target\n"
        "After=network-online.target\n"
        f"RequiresMountsFor={folders}\n"
        "\n"
        "[Service]\n"
        f"ExecStart={_word(sys.executable)} -P -m registry.hosting.serve\n"
        f"{environment}"
        "Restart=always\n"
        "RestartSec=2\n"
        "NoNewPrivileges=true\n"
        "ProtectSystem=strict\n"
        f"ReadWritePaths={folders}\n"
        "PrivateTmp=true\n"
        "\n"
        "[Install]\n"
        f"WantedBy={'multi-user' if is_root else 'default'}.target\n"
    )


def quadlet(settings: RegistrySettings, home: Home, image: str, *, is_root: bool) -> str:
    """The folders have the same names inside: what `ygg registry` does outside holds for both."""
    places = [Path(one) for one in _places(settings, home).values()]
    apart = [one for one in places if one == home.folder or not one.is_relative_to(home.folder)]
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
        f"{''.join(map(_volume, apart))}"
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
    told |= _places(settings, home)
    named = {name: one for name, one in told.items() if name not in ("ca_file", "password_file")}
    return "".join(
        f"Environment={_word(f'{_variable(name)}={_text(one)}')}\n" for name, one in named.items()
    )


def _places(settings: RegistrySettings, home: Home) -> dict[str, str]:
    """What it writes to, by the settings' names."""
    found = {"home": str(home.folder), "storage": str(home.storage)}
    return found | ({"mirror_storage": str(home.mirror_storage)} if settings.mirror_of else {})


def _variable(name: str) -> str:
    return f"YGG_REGISTRY__{name.upper()}"


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _word(text: str) -> str:
    """As systemd reads it: quotes are around the whole, and % stands for something."""
    whole = text.replace("\\", "\\\\").replace("%", "%%")
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
    return config_home() / ("containers/systemd" if kind == "quadlet" else "systemd/user")
