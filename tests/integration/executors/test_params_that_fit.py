"""Whatever fits the schema of a label that is installed here ends as an outcome with a reason,
never in a traceback: with odd texts, bounds to their edge, and nothing there that they name."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from executors.offers import installed_handlers
from tests.fitting import WORDS, fitting
from tests.integration.executors.harness import QUEUE, ExecutorProcess, running_executor
from ygg.ids import new_id
from ygg.labels import MACHINE, PROBE
from ygg.task import Ending, Envelope, Limits

pytestmark = pytest.mark.timeout(300)

HANDLERS = installed_handlers()
TRACEBACK = "Traceback (most recent call last)"
SHORT = Limits(soft_seconds=5, hard_seconds=9)
SHORTER = Limits(soft_seconds=1, hard_seconds=9)
"""For what waits for a machine that is not there."""
NAMES = [word for word in WORDS if MACHINE.fullmatch(word) and word[0].isalpha() and len(word) < 20]
"""Machines, clones and projects that the settings know; the values are made of the same words."""
NOBODY = 9
"""No one listens at this port of this machine."""
SETTINGS = f"""
[models]
adapter = "openai"
url = "http://127.0.0.1:{NOBODY}/v1"
[handlers.ollama]
adapter = "ollama"
url = "http://127.0.0.1:{NOBODY}"
[handlers.repositories]
allow = ["https://127.0.0.1:{NOBODY}/"]
[handlers.ops]
local = true
[handlers.ops_shell]
local = true
[handlers.ops_shell.commands]
main = ["true"]
a = ["echo", "{{a:word}}"]
"""
NAMED = f"""
[handlers.ops.machines.NAME]
address = "127.0.0.1"
port = {NOBODY}
[handlers.ops_playbook.projects.NAME]
folder = "FOLDER/play"
[handlers.power.machines.NAME]
address = "127.0.0.1"
port = {NOBODY}
mac = "00:11:22:aa:bb:cc"
broadcast = ["127.0.0.1"]
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExecutorProcess]:
    """One that offers every label, and whose settings lead nowhere."""
    folder = tmp_path_factory.mktemp("fit")
    (folder / "play").mkdir()
    (folder / "play" / "inventory").write_text("")
    (folder / "play" / "site.yml").write_text("- hosts: all\n  tasks: []\n")
    _make_clone(folder / "clone")
    named = [NAMED.replace("NAME", name).replace("FOLDER", str(folder)) for name in NAMES]
    clones = "".join(f'{name} = "{folder}/clone"\n' for name in NAMES)
    (folder / "ygg.toml").write_text(
        f"{SETTINGS}[handlers.repositories.clones]\n{clones}" + "".join(named)
    )
    variables = {"YGG_CONFIG": str(folder / "ygg.toml"), "YGG_EXECUTOR__CONCURRENCY": "4"}
    with running_executor(folder, **variables) as found:
        yield found


def _make_clone(folder: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "--quiet", "-b", "main", str(folder)], check=True)
    (folder / "a").write_text("a\n")
    subprocess.run([*git, "add", "a"], cwd=folder, check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "a"], cwd=folder, check=True)


def test_every_label_is_offered(worker: ExecutorProcess) -> None:
    [announced] = worker.announcements()
    assert {offer.label for offer in announced.announcement.offers} == {*HANDLERS, PROBE}


@pytest.mark.parametrize("label", HANDLERS)
def test_what_fits_never_ends_in_a_traceback(worker: ExecutorProcess, label: str) -> None:
    schema = HANDLERS[label].offer.params_schema
    limits = SHORTER if label == "power-wake" else SHORT

    @settings(
        max_examples=3,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(fitting(schema, schema), min_size=3, max_size=3))
    def run(batch: list[dict[str, Any]]) -> None:
        envelopes = [
            Envelope(task_id=new_id(), attempt=1, label=label, params=params, limits=limits)
            for params in batch
        ]
        worker.send_to(QUEUE, *envelopes)
        for envelope in envelopes:
            _check(worker, envelope)

    run()


def _check(worker: ExecutorProcess, envelope: Envelope) -> None:
    outcome = worker.outcome(envelope, 60)
    told = f"{envelope.params!r}: {outcome}"
    assert TRACEBACK not in worker.text(envelope, "ygg"), told
    assert "traceback" not in outcome.hint, told
    assert "this executor's schema differs" not in outcome.hint, told
    if outcome.ending is not Ending.OK:
        assert outcome.reason, told
    assert outcome.ending is not Ending.RETURNED or outcome.cause == "unavailable", told


def test_the_worker_itself_has_nothing_to_complain_of(worker: ExecutorProcess) -> None:
    assert TRACEBACK not in Path(worker.log).read_text()
