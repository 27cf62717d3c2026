"""The compose files, as podman-compose reads them, and what must hold of each service."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry.families import FAMILIES
from registry.names import PREFIX
from ygg.settings import load

FOLDER = Path(__file__).parents[3] / "containerfiles" / "compose"
VARIABLES = {
    "YGG_VERSION": "0.2.0",
    "YGG_REGISTRY_HOME": "/srv/registry",
    "YGG_REGISTRY_ADDRESS": "fenrir:7430",
    "YGG_MODELS": "/srv/models",
    "YGG_MODEL": "small.gguf",
}
FILES = ["registry.yaml", "fleet.yaml"]


def read(file: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {name: one for name, one in os.environ.items() if not name.startswith("YGG_")}
    return subprocess.run(
        [sys.executable, "-m", "podman_compose", "-f", str(FOLDER / file), "config"],
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def services(file: str) -> dict[str, Any]:
    told = read(file, VARIABLES)
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = yaml.safe_load(told.stdout)["services"]
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_service_is_an_image_of_ours_and_confined(file: str) -> None:
    for name, service in services(file).items():
        image, _, version = service["image"].rpartition(":")
        assert version == "0.2.0"
        assert image.removeprefix(f"localhost/{PREFIX}") in FAMILIES, name
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges" in service["security_opt"]
        assert service["restart"] == "unless-stopped"


def test_the_fleet_has_all_parts_and_nothing_is_open_to_others() -> None:
    found = services("fleet.yaml")
    assert set(found) == {
        *("valkey", "coordinator", "flower", "executor", "code-agent", "inference")
    }
    ports = [port for service in found.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:7420:7420", "127.0.0.1:5555:5555"]


@pytest.mark.parametrize("file", FILES)
def test_what_is_not_said_is_asked_for(file: str) -> None:
    told = read(file, {})
    assert told.returncode != 0
    assert "required variable YGG_" in told.stderr


@pytest.mark.parametrize("file", FILES)
def test_what_services_are_told_are_settings(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, service in services(file).items():
        with monkeypatch.context() as patch:
            for variable, value in service.get("environment", {}).items():
                patch.setenv(variable, value)
            assert load(), name
