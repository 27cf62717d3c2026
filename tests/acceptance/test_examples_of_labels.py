"""Every command that `ygg labels show` shows is pasted into a shell, where one fleet offers all
labels. It works; or, where a machine of no great means cannot, the task says so clearly."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coordinator.fleet_views import label_view
from executors.offers import installed_handlers
from tests.embedded import EmbeddedFleet
from tests.model_server import ModelServer, OllamaProcess
from tests.services import ServiceMissing
from ygg.cli.try_out import commands_of

pytestmark = pytest.mark.timeout(300)

COMMANDS = [
    (one.label, command)
    for one in installed_handlers().values()
    for command in commands_of(label_view(one.offer, "", []))
]
NOBODY = 9
"""No one listens at this port of this machine."""
AWAY = "refuses the connection"
CLOSED = "takes repositories from elsewhere only|takes no repositories from that folder"
NO_UNITS = "Failed to connect to bus|not been booted with systemd|command not found"
NO_MODEL = "no model|not found|pull|lookup|dial tcp"
NO_PLAN = "the model gave no|exceeds the available context"
LACKS = {
    "dev-format": "no formatter|not installed|command not found",
    "dev-lint": "no linter|not installed|command not found",
    "git-branch": CLOSED,
    "git-bundle": f"{CLOSED}|v1.0",
    "git-commit": CLOSED,
    "git-log": f"{CLOSED}|docs",
    "git-status": CLOSED,
    "git-sync": f"{CLOSED}|no remote|origin",
    "ollama-pull": NO_MODEL,
    "ollama-remove": NO_MODEL,
    "ollama-show": NO_MODEL,
    "ops-disk": AWAY,
    "ops-facts": AWAY,
    "ops-logs": f"{AWAY}|{NO_UNITS}|journal",
    "ops-ping": AWAY,
    "ops-playbook": "no such playbook|deploy.yml",
    "ops-service": f"{AWAY}|{NO_UNITS}|is not among",
    "ops-shell": "command not found|not found",
    "plan-breakdown": NO_PLAN,
}
"""What a machine lacks that has no other machines, no systemd, no network and a small model: how
the failure reads. All that is not here succeeds."""
PATIENT = ("power-wake",)
"""It waits for minutes for a machine that is not there."""

SETTINGS = """
[models]
adapter = "openai"
url = "{model_url}"
api_key_file = "{model_key}"
[handlers.ollama]
adapter = "ollama"
url = "{ollama_url}"
[handlers.repositories]
allow = ["file://", "https://127.0.0.1/"]
allow_file = ["{folder}"]
clones = {{ site = "{folder}/work" }}
[handlers.ops]
local = true
[handlers.ops.machines.huginn]
address = "127.0.0.1"
port = {nobody}
[handlers.ops_shell]
local = true
[handlers.ops_shell.commands]
uptime = ["uptime"]
smart = ["smartctl", "-H", "{{disk:path}}"]
[handlers.ops_playbook.projects.site]
folder = "{folder}/play"
[handlers.power.machines.fenrir]
address = "127.0.0.1"
port = {nobody}
mac = "00:11:22:aa:bb:cc"
broadcast = ["127.0.0.1"]
"""


@pytest.fixture(scope="module")
def ollama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An Ollama without models, or nothing where there is none."""
    try:
        server = OllamaProcess(tmp_path_factory.mktemp("ollama"))
    except ServiceMissing:
        yield ""
        return
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def everything(
    model_server: ModelServer, ollama_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedFleet]:
    folder = tmp_path_factory.mktemp("everything")
    _furnish(folder)
    told = SETTINGS.format(
        model_url=model_server.url,
        model_key=model_server.key_file,
        ollama_url=ollama_url or f"http://127.0.0.1:{NOBODY}",
        folder=folder,
        nobody=NOBODY,
    )
    (folder / "ygg.toml").write_text(told)
    fleet = EmbeddedFleet(folder)
    fleet.environment |= {
        "YGG_CONFIG": str(folder / "ygg.toml"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = fleet.run("up", "--detach", "--no-flower", "--concurrency", "4")
    assert done.returncode == 0, done.stderr
    yield fleet
    fleet.run("down", "--now")


def _furnish(folder: Path) -> None:
    """A folder to work in, which is a repository, and a project with a playbook."""
    work, play = folder / "work", folder / "play"
    work.mkdir()
    play.mkdir()
    (work / "notes.txt").write_text("Oaks grow slowly and live long.\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "--quiet", "-b", "main"], cwd=work, check=True)
    subprocess.run([*git, "add", "."], cwd=work, check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "Notes"], cwd=work, check=True)
    (play / "inventory").write_text("localhost ansible_connection=local\n")
    (play / "site.yml").write_text("- hosts: all\n  gather_facts: false\n  tasks: []\n")


def test_all_labels_are_there(everything: EmbeddedFleet) -> None:
    assert {view["label"] for view in everything.json("labels")} == installed_handlers().keys()


@pytest.mark.parametrize(("label", "command"), COMMANDS, ids=lambda text: text[:60])
def test_an_example_works_when_it_is_pasted(
    everything: EmbeddedFleet, ollama_url: str, label: str, command: str
) -> None:
    shown = everything.run("labels", "show", label).stdout
    assert f"  {command}\n" in shown
    waits = label not in PATIENT and (ollama_url or not label.startswith("ollama-"))
    done = subprocess.run(
        ["sh", "-c", command if waits else command.removesuffix(" --wait")],
        cwd=everything.data_dir / "work",
        env=everything.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    [task] = everything.json("list", "--label", label, "--limit", "1")["tasks"]
    told = everything.json("show", task["id"])
    if not waits or "--wait" not in command:
        everything.run("cancel", task["id"], "--yes")
        return
    if told["state"] == "succeeded":
        assert done.returncode == 0
        return
    assert told["state"] == "failed"
    assert "traceback" not in told["hint"], everything.run("logs", task["id"]).stdout
    allowed = LACKS.get(label, "it has no reason to fail")
    assert re.search(allowed, f"{told['reason']} {told['hint']}"), told["reason"]
