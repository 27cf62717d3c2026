"""The playbooks are such as Ansible reads, and say the same names as the rest of the project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from coordinator.fleet.images import NEEDS
from coordinator.fleet.machine import Variables
from executors.health import CONTAINER_PORT
from registry.making.pins import PYTHON
from ygg import registry_settings
from ygg.machine_settings import EMBEDDED_MODEL_PORT
from ygg.settings import Settings

FOLDER = Path(__file__).parents[2] / "ansible"


@pytest.mark.parametrize("playbook", sorted(file.name for file in FOLDER.glob("*.yml")))
def test_ansible_reads_the_playbook(playbook: str, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("ansible-playbook")
    if not program.exists():
        pytest.skip("ansible-core is not installed: run scripts/install dev")
    (tmp_path / "machines.yml").write_text("executors:\n  hosts:\n    fenrir:\n")
    told = subprocess.run(
        [program, "--syntax-check", "-i", tmp_path / "machines.yml", playbook],
        cwd=FOLDER,
        env=os.environ | {"ANSIBLE_LOCAL_TEMP": str(tmp_path), "ANSIBLE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def test_an_executor_of_wheels_is_told_what_one_in_a_container_is() -> None:
    roles = [FOLDER / "roles" / name for name in ("executor", "venv")]
    told = [(role / "templates/executor.env.j2").read_text() for role in roles]
    names = [set(re.findall(r"^(YGG_\w+)=", text, re.MULTILINE)) for text in told]
    assert names[0] - names[1] == {"YGG_EXECUTOR__IMAGE_DIGEST"}
    assert names[1] <= names[0]
    first, second = (yaml.safe_load((role / "defaults/main.yml").read_text()) for role in roles)
    both = first.keys() & second.keys()
    assert {"ygg_queues", "ygg_tags", "ygg_concurrency", "ygg_drain_seconds"} <= both
    assert {name: first[name] for name in both} == {name: second[name] for name in both}
    assert second["venv_python"] == PYTHON


def test_what_an_inventory_says_of_executors_has_a_default() -> None:
    defaults = _defaults("executor")
    ours = {name for name in Variables.model_fields if name.startswith("ygg_")}
    assert ours - set(defaults) == {"ygg_runtime"}


def test_no_two_parts_of_a_fleet_want_the_same_port() -> None:
    """On one machine all of them share its addresses."""
    executor = _defaults("executor")
    ports = {
        "registry": registry_settings.DEFAULT_PORT,
        "broker": _port(Settings().redis_url.get_secret_value()),
        "coordinator": _defaults("coordinator")["ygg_coordinator_port"],
        "flower": _defaults("flower")["ygg_flower_port"],
        "a model of ours": EMBEDDED_MODEL_PORT,
        "ollama": _port(str(executor["ygg_model_url"])),
        "executor": executor["executor_port_of_one"],
        "code agent": executor["executor_port_of_code_agent"],
    }
    assert len(set(ports.values())) == len(ports), ports


def test_a_service_listens_where_its_settings_say() -> None:
    ours = Settings()
    assert _defaults("coordinator")["ygg_coordinator_port"] == ours.coordinator.port
    assert _defaults("flower")["ygg_flower_port"] == ours.flower.port
    assert _defaults("executor")["executor_port_of_one"] == CONTAINER_PORT


def test_each_image_that_a_play_asks_for_is_one_that_provisioning_tells() -> None:
    asked = set[str]()
    for file in FOLDER.rglob("*.yml"):
        asked |= set(re.findall(r"ygg_\w+_image\b", file.read_text()))
    told = {need.variable for need in NEEDS}
    assert told <= asked
    assert asked - told == {"ygg_ollama_image"}


def _defaults(role: str) -> dict[str, object]:
    found = yaml.safe_load((FOLDER / "roles" / role / "defaults/main.yml").read_text())
    assert isinstance(found, dict)
    return found


def _port(url: str) -> int | None:
    return urlsplit(url).port
