"""The playbooks are such as Ansible reads, and say the same names as the rest of the project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from coordinator.fleet.machine import Variables
from registry.making.pins import PYTHON

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
    defaults = yaml.safe_load((FOLDER / "roles/executor/defaults/main.yml").read_text())
    ours = {name for name in Variables.model_fields if name.startswith("ygg_")}
    assert ours - set(defaults) == {"ygg_runtime"}
