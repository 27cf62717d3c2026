"""The benchmark of the code agent, end to end: a fleet, a sandbox, a model that a test writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.code.corpora import HELD_OUT
from benchmarks.code.questions import SYSTEM
from benchmarks.code.record import Kept, Record, Subject
from benchmarks.code_agent import shuffled
from benchmarks.code_tasks.corpus import corpus_digest
from tests.integration.code_agent.conftest import block
from tests.scripted_model import Asked, Refusal, Scripted, ScriptedModel
from ygg import __version__

ROOT = Path(__file__).parents[3]
LABELS = "code-generate,code-document"
SEED = 85
(CODE,), (WORDS,) = (shuffled(label, SEED)[:1] for label in LABELS.split(","))
UNTOLD = "The thing that is asked for here."


def answer(asked: Asked) -> Scripted:
    """Good code, but docstrings that say nothing of its purpose. Asked once, it refuses."""
    is_code = str(CODE.params["spec"]).splitlines()[0] in asked.whole
    if ("system", SYSTEM) in asked.messages:
        return Refusal(400, "this question is too odd")
    if is_code:
        return block(CODE.reference.files["solution.py"])
    assert asked.schema is not None
    return json.dumps({name: said(kind) for name, kind in asked.schema["properties"].items()})


def said(kind: dict[str, Any]) -> object:
    if kind["type"] == "object":
        return dict.fromkeys(kind["properties"], UNTOLD)
    return UNTOLD


def benchmark(
    server: ScriptedModel, folder: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.code_agent", "--configured", *options],
        cwd=ROOT,
        env=kept
        | {
            "XDG_CONFIG_HOME": str(folder / "no-config"),
            "YGG_MODELS__ADAPTER": "openai",
            "YGG_MODELS__URL": server.url,
            "YGG_HANDLERS__CODE__ANSWERS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def broken_off(file: Path, server: ScriptedModel) -> None:
    """What a run leaves that ended while it wrote its second result."""
    subject = Subject(corpus=corpus_digest(), model=server.name, digest="", agent=__version__)
    kept = Kept(subject, file)
    kept.add(Record(task=CODE.id, label=CODE.label, round=0, by="once", right=True))
    with file.open("a") as half:
        half.write('{"task": "generate/')


@pytest.mark.slow
def test_right_contradicted_and_broken_results_are_told_apart(tmp_path: Path) -> None:
    kept, written = tmp_path / "kept.jsonl", tmp_path / "figures.json"
    files = (f"--resume={kept}", f"--json={written}")
    with ScriptedModel(answer) as server:
        broken_off(kept, server)
        done = benchmark(
            server, tmp_path, f"--labels={LABELS}", "--tasks=1", f"--seed={SEED}", *files
        )
    assert done.returncode == 1, done.stderr
    found = json.loads(written.read_text())
    code, words = (found["figures"][label] for label in LABELS.split(","))

    assert code["verified_right"]["count"] == code["verified"]["count"] == 1, done.stdout
    assert code["contradicted"] == []
    why = ["to_cents: says nothing of cent"]
    assert words["contradicted"] == [{"task": WORDS.id, "round": 0, "why": why}]
    assert f"verified, and contradicted\n  {WORDS.id}: {why[0]}\n" in done.stdout
    assert f"failed\n  {WORDS.id}, once: " in done.stdout
    assert "no ratio is claimed" in done.stdout

    # What was there already is counted, and not asked again.
    assert code["once_right"]["count"] == 1
    assert len(done.stderr.splitlines()) == 3, done.stderr
    assert len(found["records"]) == len(kept.read_text().splitlines()) - 1 == 4
    assert not [one for one in server.requests if CODE.id in one.whole or WORDS.id in one.whole]


@pytest.mark.slow
def test_the_tasks_held_out_are_another_corpus(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    task = shuffled("code-generate", SEED, HELD_OUT)[0]
    options = ("--held-out", "--labels=code-generate", "--tasks=1", f"--seed={SEED}")
    with ScriptedModel(lambda _: block(task.reference.files["solution.py"])) as server:
        done = benchmark(server, tmp_path, *options, f"--json={written}")
    found = json.loads(written.read_text())
    assert found["subject"]["corpus"] == HELD_OUT.digest()
    assert {record["task"] for record in found["records"]} == {task.id}
    assert found["figures"]["code-generate"]["once_right"]["count"] == 1, done.stderr
    assert HELD_OUT.caveat in done.stdout
