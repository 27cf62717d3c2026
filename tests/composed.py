"""A compose file of the project, as podman-compose runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.built_images import run

FOLDER = Path(__file__).parents[1] / "containerfiles" / "compose"


@contextmanager
def composed(file: str, told: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Its services run meanwhile; nothing of them is left."""
    variables = folder / f"{file}.env"
    variables.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    try:
        _compose(file, variables, "up", "--detach")
        yield
    finally:
        _compose(file, variables, "down", "--volumes")


def _compose(file: str, variables: Path, *words: str) -> None:
    own = {name: one for name, one in os.environ.items() if not name.startswith("YGG_")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "podman_compose", "--env-file", str(variables)),
            *("-f", str(FOLDER / file), *words),
        ],
        env=own,
        cwd=variables.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def is_well(container: str) -> bool:
    """No systemd is here that would try its health: we do."""
    subprocess.run(["podman", "healthcheck", "run", container], capture_output=True, check=False)
    told = run("podman", "inspect", "--format", "{{.State.Health.Status}}", container)
    return told.strip() == "healthy"
