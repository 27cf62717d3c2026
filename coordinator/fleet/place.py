"""Where the inventory lies."""

from __future__ import annotations

import os
from pathlib import Path

from ygg.settings import Settings
from ygg.target import config_file

NAME = "machines.yml"


def inventory_file(settings: Settings) -> Path:
    if settings.inventory is not None:
        return settings.inventory
    beside = config_file()
    if beside is not None:
        return beside.parent / NAME
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "yggdrasil" / NAME
