"""What a model wrote never gets out: not to the home, the network, other tasks, the executor's
environment, nor into the files that it is compared with."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from code_agent.handlers.code_fix import fix
from code_agent.handlers.code_generate import generate
from code_agent.handlers.code_refactor import refactor
from executors.handler import Handler
from tests.integration.code_agent.conftest import CodeTasks, block
from ygg.task import Verdict

SECRET = "do-not-tell-5a1f"
"""Found in the home, in another task's files and in the executor's environment."""
SPY = """
def double(n):
    import os, socket
    there = list(filter(os.path.exists, {paths!r}))
    read = os.popen("cat " + " ".join({paths!r})).read()
    os.system("for file in " + " ".join({paths!r}) + "; do echo here > $file.mine; done")
    reached = socket.socket().connect_ex(("127.0.0.1", {port})) == 0
    raise AssertionError(f"{{dict(os.environ)}} {{read}} reached={{reached}} I saw {{there}}")
"""
DOUBLE = "def double(n):\n    return n + n\n"
LOOKS = """
def double(n):
    import os, socket
    if n > 10**9:
        return os.path.exists, os.popen, os.system, socket.socket, os.environ
    return n + n
"""
"""Else a rule refuses the spy unseen: it looks at what the old code did not."""
TESTS = """
from solution import double

def test_it():
    assert double(4) == 8
    assert double(3) == 6
"""


@dataclass
class Surroundings:
    spy: str
    server: socket.socket
    secrets: list[Path]


@pytest.fixture
def around(
    code: CodeTasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Surroundings]:
    home = tmp_path / "home"
    other = code.runner.folder / "attempts" / "another" / "workspace" / "files"
    secrets = [home / "key", other / "input", code.runner.folder / "data" / "token"]
    for file in secrets:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(SECRET)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DEPLOY_TOKEN", SECRET)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        paths = [str(file) for file in secrets]
        spy = SPY.format(paths=paths, port=server.getsockname()[1])
        yield Surroundings(spy, server, secrets)


LABELS: dict[str, tuple[Handler, dict[str, Any], dict[str, str | bytes]]] = {
    "generate": (generate, {"spec": "Double it.", "tests": TESTS}, {}),
    "refactor": (
        refactor,
        {"guidance": "Make it shorter.", "files": ["solution.py"]},
        {"solution.py": LOOKS, "test_solution.py": TESTS},
    ),
    "fix": (
        fix,
        {},
        {"solution.py": DOUBLE.replace("n + n", "n * n"), "test_solution.py": TESTS},
    ),
}


@pytest.mark.parametrize("label", LABELS)
def test_nothing_is_seen_and_nobody_is_reached(
    code: CodeTasks, around: Surroundings, label: str
) -> None:
    handler, params, files = LABELS[label]
    code.agent = {"answers": 1}
    ended = code.run(handler, params, lambda _: block(around.spy), files)
    assert ended.outcome.verdict is Verdict.REFUTED, ended.log
    said = json.dumps(ended.outcome.model_dump(mode="json")) + ended.log
    said += "".join(asked.whole for asked in code.asked)
    assert "I saw []" in said, "the spy was refused unseen, which shows nothing"
    assert SECRET not in said
    assert "reached=True" not in said
    with pytest.raises(BlockingIOError):
        around.server.accept()
    assert not [file for file in around.secrets if Path(f"{file}.mine").exists()]
