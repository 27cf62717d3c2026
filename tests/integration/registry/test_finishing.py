"""With podman itself: what is built twice is one image, with our labels and its health check."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.making.finishing import Finish, finish
from registry.names import ImageName
from tests import podman as own_podman
from tests.conftest import unavailable
from tests.services import ServiceMissing
from ygg.adapters import podman, podman_run
from ygg.errors import NotFound, YggError

RECIPE = """\
ARG BASE
FROM ${BASE}
RUN --mount=type=bind,target=/build cat /build/text >/text
USER 7420
HEALTHCHECK CMD ["true"]
"""
HOW = Finish({"org.opencontainers.image.version": "0.2.0"}, at=1_700_000_000)


@pytest.fixture(scope="module", autouse=True)
def storage() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as opened:
        try:
            variables = opened.enter_context(own_podman.storage())
        except ServiceMissing as error:
            unavailable(error)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


def _build(folder: Path, name: str, recipe: str = RECIPE) -> list[str]:
    (folder / "recipe").write_text(recipe)
    (folder / "text").write_text("of the context\n")
    return podman.build(
        podman.Build(folder / "recipe", folder, name, 1_600_000_000, {"BASE": own_podman.IMAGE})
    )


def test_two_builds_are_one_image(tmp_path: Path) -> None:
    told: list[str] = []
    found = []
    for number in range(2):
        built = ImageName("localhost", "ygg-built", str(number))
        name = ImageName("localhost", "ygg-trial", f"0.2.{number}")
        podman_run.follow(_build(tmp_path, str(built)), "cannot build", told.append)
        finish(built, name, HOW, tmp_path)
        found.append(podman_run.local_image(str(name)))
    one, two = found
    assert one == two
    assert one.labels == dict(HOW.labels)
    assert one.created == "2023-11-14T22:13:20Z"
    assert "STEP 3/4: USER 7420" in told
    shown = subprocess.run(
        ["podman", "image", "inspect", "--format", "{{.User}} {{.HealthCheck.Test}}", one.id],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "7420 [CMD true]"
    ran = subprocess.run(
        ["podman", "run", "--rm", "--read-only", "--network=none", one.id, "cat", "/text"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "of the context\n"


def test_a_build_that_fails_says_what_podman_said(tmp_path: Path) -> None:
    argv = _build(tmp_path, "localhost/ygg-fails:1", "ARG BASE\nFROM ${BASE}\nRUN grep no /none\n")
    with pytest.raises(YggError) as caught:
        podman_run.follow(argv, "cannot build it", lambda line: None)
    assert "cannot build it" in caught.value.message
    assert "/none" in caught.value.message
    assert not podman_run.exists("localhost/ygg-fails:1")


def _nameless() -> list[str]:
    return podman_run.output(podman.nameless(), "cannot list images").split()


def test_a_build_that_fails_leaves_no_step_of_its_own(tmp_path: Path) -> None:
    other = "ARG BASE\nFROM ${BASE}\nRUN echo other >/text\nRUN grep no /none\n"
    with pytest.raises(YggError):
        podman_run.follow(_build(tmp_path, "localhost/ygg-other:1", other), "other", print)
    before = _nameless()
    assert before
    recipe = "ARG BASE\nFROM ${BASE}\nRUN echo ours >/text\nRUN grep no /none\n"
    steps: list[str] = []
    with pytest.raises(YggError):
        podman_run.build(_build(tmp_path, "localhost/ygg-ours:1", recipe), "ours", steps.append)
    assert [step.partition(":")[0] for step in steps] == ["1/3", "2/3", "3/3"]
    assert _nameless() == before


def test_what_cannot_be_tidied_fails_no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", "/nowhere/storage.conf")
    podman_run.remove_nameless(["0123456789ab"])


def test_an_image_that_is_not_here_is_not_found() -> None:
    with pytest.raises(NotFound, match="localhost/nothing:1"):
        podman_run.local_image("localhost/nothing:1")
