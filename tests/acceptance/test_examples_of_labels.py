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
from _pytest.mark import ParameterSet

from coordinator.fleet_views import label_view
from executors.offers import installed_handlers
from tests.conftest import unavailable
from tests.embedded import EmbeddedFleet
from tests.gitserver import Repository, git
from tests.model_server import ModelServer, OllamaProcess
from tests.services import ServiceMissing
from ygg.cli.try_out import commands_of
from ygg.client import Client
from ygg.target import Target, token_file

pytestmark = pytest.mark.timeout(300)

COMMANDS = [
    (one.label, command)
    for one in installed_handlers().values()
    for command in commands_of(label_view(one.offer, "", []))
]
NOBODY = 9
"""No one listens at this port of this machine."""
AWAY = "refuses the connection"
NO_UNITS = "was not started by systemd|has no journal to read|has no unit"
LACKS = {
    "--param patch=footer.patch": "there is no input file footer.patch",
    "--label ollama-pull": "lookup|dial tcp",
    "--label ops-logs": NO_UNITS,
    "--label ops-service": NO_UNITS,
    "command=smart": "command not found",
    "machine=huginn": "refuses the connection",
}
"""Pieces of the commands that fail where there is no other machine, no systemd, no network, no
smartctl and only a small model, and how the failure reads. All others succeed."""
ELSEWHERE = {
    "https://github.com/git/git-reference.git": "file://{folder}/site.git",
    "https://example.org/me/site.git": "file://{folder}/site.git",
    "git@example.org:me/site.git": "file://{folder}/site.git",
    "git@mirror.example.org:site.git": "file://{folder}/mirror.git",
}
"""What stands here for repositories on the internet."""
PATIENT = ("power-wake",)
LONG = ("code-fix", "code-review")
"""They ask the model again and again."""
"""It waits for minutes for a machine that is not there."""

SETTINGS = """
[models]
adapter = "openai"
url = "{model_url}"
api_key_file = "{model_key}"
[handlers.code]
answers = 1
answer_tokens = 200
[handlers.ollama]
adapter = "ollama"
url = "{ollama_url}"
[handlers.repositories]
allow_file = ["{folder}"]
clones = {{ site = "{folder}/work" }}
[handlers.ops]
local = true
services = ["nginx"]
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


PLAYBOOK = """
- hosts: web
  gather_facts: false
  tasks: [{ debug: { msg: hello }, tags: app }]
"""


@pytest.fixture(scope="module")
def ollama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An Ollama with a model of the examples' name, or nothing where there is none."""
    try:
        server = OllamaProcess(tmp_path_factory.mktemp("ollama"))
    except ServiceMissing:
        yield ""
        return
    server.start()
    server.add_small_model("qwen2.5-coder:3b")
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def roomy_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """The small one, with room for a project's tests and what they say."""
    folder = tmp_path_factory.mktemp("model")
    try:
        server = ModelServer(folder, YGG_MODELS__CONTEXT_TOKENS="4096")
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def everything(
    roomy_model: ModelServer, ollama_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedFleet]:
    folder = tmp_path_factory.mktemp("everything")
    _furnish(folder)
    told = SETTINGS.format(
        model_url=roomy_model.url,
        model_key=roomy_model.key_file,
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


@pytest.fixture(scope="module")
def client(everything: EmbeddedFleet) -> Iterator[Client]:
    token = token_file(everything.data_dir).read_text().strip()
    found = Client(Target(everything.state["url"], token))
    yield found
    found.close()


def _furnish(folder: Path) -> None:
    """A repository of some age, one that is empty, a clone to work in, a project with playbooks."""
    site = Repository(folder, "site")
    site.commit({"notes.txt": "Oaks grow slowly and live long.\n"}, "Notes")
    site.git("tag", "v1.0")
    site.git("push", "--quiet", "origin", "v1.0")
    site.commit({"docs/index.md": "# Oaks\n"}, "Tell of oaks")
    git(folder, "init", "--quiet", "--bare", "mirror.git")
    site.work.rename(folder / "work")
    play = folder / "play"
    play.mkdir()
    (play / "inventory").write_text("[web]\nlocalhost ansible_connection=local\n")
    for name in ("site.yml", "deploy.yml"):
        (play / name).write_text(PLAYBOOK)


def test_all_labels_are_there(everything: EmbeddedFleet) -> None:
    assert {view["label"] for view in everything.json("labels")} == installed_handlers().keys()


@pytest.mark.few(8)
@pytest.mark.parametrize("label", sorted({label for label, _ in COMMANDS}))
def test_a_label_shows_its_commands(everything: EmbeddedFleet, label: str) -> None:
    shown = everything.run("labels", "show", label).stdout.splitlines()
    assert {f"  {command}" for of, command in COMMANDS if of == label} <= set(shown)


def _examples() -> Iterator[ParameterSet]:
    """Of a label that asks the model much, one is enough for the quick form."""
    begun: set[str] = set()
    for label, command in COMMANDS:
        is_long = label in LONG or (label.startswith("code-") and label in begun)
        begun.add(label)
        yield pytest.param(label, command, marks=[pytest.mark.slow] * is_long, id=command[:60])


@pytest.mark.parametrize(("label", "command"), list(_examples()))
def test_an_example_works_when_it_is_pasted(
    everything: EmbeddedFleet, client: Client, ollama_url: str, label: str, command: str
) -> None:
    for address, here in ELSEWHERE.items():
        command = command.replace(address, here.format(folder=everything.data_dir))
    asked = command.removesuffix(" --wait")
    waits = asked != command and label not in PATIENT
    waits &= bool(ollama_url) or not label.startswith("ollama-")
    done = subprocess.run(
        ["sh", "-c", asked + " --wait" * waits],
        cwd=everything.data_dir / "work",
        env=everything.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    [task] = client.tasks(label=label, limit=1)["tasks"]
    told = client.task(task["id"])
    if not waits:
        client.cancel(task["id"])
        return
    if told["state"] == "succeeded":
        assert done.returncode == 0
        return
    if told["tier"] is not None and told["verdict"]:
        # How good the smallest model's answer is, is another matter.
        assert told["state"] in ("review", "failed")
        return
    assert told["state"] == "failed"
    assert "traceback" not in told["hint"], everything.run("logs", task["id"]).stdout
    said = f"{told['reason']} {told['hint']}"
    assert any(piece in command and re.search(LACKS[piece], said) for piece in LACKS), said
