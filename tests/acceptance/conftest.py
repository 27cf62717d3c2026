"""The embedded fleet of the tests that type commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import EmbeddedFleet


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedFleet]:
    found = EmbeddedFleet(tmp_path_factory.mktemp("fleet"))
    done = found.run("up", "--detach", "--no-flower", "--concurrency", "2")
    assert done.returncode == 0, done.stderr
    yield found
    found.run("down", "--now")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[EmbeddedFleet]:
    """A data folder in which nothing was started yet."""
    found = EmbeddedFleet(tmp_path / "data")
    yield found
    found.run("down", "--now")
