"""Podman's command lines, and what its complaints become."""

from __future__ import annotations

from pathlib import Path

import pytest

from ygg.adapters import podman
from ygg.adapters.podman_trouble import trouble
from ygg.errors import NotFound, Unreachable, YggError


def test_images_are_saved_loaded_and_named() -> None:
    folder = Path("/images/one")
    assert podman.save_folder("localhost/a:1", folder) == [
        *("podman", "save", "--quiet", "--format", "docker-dir"),
        *("--output", "/images/one", "localhost/a:1"),
    ]
    assert podman.load_folder(folder) == ["podman", "pull", "--quiet", "dir:/images/one"]
    assert podman.tag("0123", "localhost/a:2") == ["podman", "tag", "0123", "localhost/a:2"]
    assert podman.inspect("localhost/a:1") == ["podman", "image", "inspect", "localhost/a:1"]
    assert podman.exists("localhost/a:1") == ["podman", "image", "exists", "localhost/a:1"]
    assert podman.nameless() == [
        *("podman", "images", "--quiet", "--no-trunc", "--filter", "dangling=true")
    ]
    assert podman.remove(["01", "23"]) == ["podman", "rmi", "--ignore", "01", "23"]
    assert podman.pull("debian:13-slim") == ["podman", "pull", "--quiet", "debian:13-slim"]


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        (
            "Error: committing container: write /var/tmp/x: no space left on device",
            YggError,
            "cannot build: no space is left for /var/tmp/x",
        ),
        (
            "Error: inspecting object: localhost/x:1: image not known",
            NotFound,
            "cannot build: inspecting object: localhost/x:1: image not known",
        ),
        (
            'Error: creating build container: short-name "nowhere:1" did not resolve to an alias',
            NotFound,
            'cannot build: creating build container: short-name "nowhere:1" did not resolve to an'
            " alias",
        ),
        (
            "Error: pinging container registry r.test: dial tcp: lookup r.test: no such host",
            Unreachable,
            "cannot build: pinging container registry r.test: dial tcp: lookup r.test: no such"
            " host",
        ),
        (
            "Error: cannot set up namespace using newuidmap: exit status 1",
            YggError,
            "cannot build: podman may not do that here: cannot set up namespace using newuidmap:"
            " exit status 1",
        ),
    ],
)
def test_what_it_complains_about_is_told_with_the_next_step(
    line: str, kind: type[YggError], message: str
) -> None:
    error = trouble("cannot build", ["STEP 1/3: FROM x", line, ""], 125)
    assert type(error) is kind
    assert error.message == message
    assert error.hint


def test_of_several_tries_the_last_is_told() -> None:
    told = ['level=warning msg="Failed, retrying: connection refused"', "Error: connection refused"]
    assert trouble("cannot pull", told, 125).message == "cannot pull: connection refused"


def test_what_we_do_not_know_is_shown_as_it_was_written() -> None:
    error = trouble("cannot build", ["STEP 2/3: RUN false", "Error: exit status 1"], 1)
    assert error.message == (
        "cannot build: podman failed:\nSTEP 2/3: RUN false\nError: exit status 1"
    )


def test_silence_is_told_too() -> None:
    assert trouble("cannot build", [], 137).message.endswith("it ended with 137 and said nothing")
