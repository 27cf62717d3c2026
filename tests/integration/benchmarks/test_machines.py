"""The benchmark of many machines ends well, and tells what it found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.slow
def test_a_few_machines_are_measured(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks.machines", "--machines", "4", "--json", str(file)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())
    assert found["machines"] == 4
    assert {"all known", "steps", "rollout"} <= found["seconds"].keys()
    assert {"look", "GET /v1/executors", "beat"} <= found["milliseconds"].keys()
    assert found["memory_mib"]["all executors"] >= found["memory_mib"]["one executor"] * 0.9
    assert "4 executors on as many machines" in done.stdout
