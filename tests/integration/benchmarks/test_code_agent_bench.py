"""Where the benchmark runs what models wrote: it judges as it should, in the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.code.confined import Bench
from benchmarks.code_tasks.corpus import all_tasks
from benchmarks.code_tasks.task import Result, Task
from benchmarks.wait import BenchmarkError
from ygg.machine_settings import SandboxSettings


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(SandboxSettings(), tmp_path)


def task(name: str) -> Task:
    return next(one for one in all_tasks() if one.id == name)


@pytest.mark.parametrize("name", ["generate/is-even", "test/planted-average", "fix/tests-folder"])
def test_the_reference_is_right_and_the_wrong_one_is_not(bench: Bench, name: str) -> None:
    one = task(name)
    assert bench.ruling(one, one.reference).right
    assert not bench.ruling(one, one.wrong[0]).right


def test_what_needs_no_run_is_judged_without_one(bench: Bench, tmp_path: Path) -> None:
    one = task("document/two-functions")
    assert bench.ruling(one, one.reference).right
    said = bench.ruling(task("generate/is-even"), Result())
    assert said.reasons == ("no solution.py",)


def test_code_sees_nothing_outside_and_reaches_nobody(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden")
    tried = f"""
import os, socket, pytest

def test_it_is_confined():
    assert not os.path.exists({str(tmp_path / "secret")!r})
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", 1), 1)
    with pytest.raises(OSError):
        open("/usr/mine", "w")
"""
    assert "1 passed" in bench.test_output({"test_it.py": tried})


def test_how_tests_fail_is_told_by_its_end(bench: Bench) -> None:
    shown = bench.test_output(task("fix/wrong-sign").files)
    assert "assert" in shown
    assert "failed" in shown.splitlines()[-1]


def test_without_a_sandbox_nothing_is_judged(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="in a sandbox"):
        Bench(SandboxSettings(use="off"), tmp_path)
