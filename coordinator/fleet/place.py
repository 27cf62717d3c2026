"""Where the inventory lies."""

from __future__ import annotations

from pathlib import Path

from ygg.settings import Settings
from ygg.target import config_file, own_config_file

NAME = "machines.yml"


def inventory_file(settings: Settings) -> Path:
    if settings.inventory is not None:
        return settings.inventory
    return (config_file() or own_config_file()).parent / NAME
