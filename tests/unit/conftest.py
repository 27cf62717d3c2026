"""A machine on which nothing of ours is set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and none of our variables."""
    for name in list(os.environ):
        if name.startswith("YGG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path
