"""The registry as a process: begun once, served over TLS with a password, read-only on demand."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from registry.home import Home
from registry.hosting.authority import certified, make_certificate
from registry.hosting.begin import begin
from registry.hosting.keeper import Keeper, keeper
from tests.served_registry import Served
from tests.services import wait_until
from ygg import lock
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings


def test_whoever_has_the_password_is_let_in(served: Served) -> None:
    assert served.ask("GET", "/v2/", user="nobody") == 401
    assert served.home.folder.stat().st_mode & 0o777 == 0o700


def test_there_is_but_one(served: Served) -> None:
    second = served.start()
    _, said = second.communicate(timeout=20)
    assert second.returncode == 2
    assert f"runs already: {keeper(served.home)}" in said


def test_it_takes_nothing_in_while_somebody_asks_for_that(served: Served) -> None:
    uploads = "/v2/ygg-probe/blobs/uploads/"
    assert served.ask("POST", uploads) == 202
    held = lock.take(served.home.readonly, "a test")
    assert held is not None
    try:
        wait_until(lambda: served.ask("POST", uploads) == 405, "it to refuse")
        assert served.ask("GET", "/v2/") == 200
    finally:
        held.release()
    wait_until(lambda: served.ask("POST", uploads) == 202, "it to take in again")


def test_it_is_started_again_when_it_dies(served: Served) -> None:
    found = keeper(served.home)
    assert found is not None
    pid = found.process
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    wait_until(lambda: served.ask("GET", "/v2/") == 0, "it to be gone")
    wait_until(lambda: served.ask("GET", "/v2/") == 200, "it to be back")


def test_to_begin_again_keeps_what_is_there(tmp_path: Path) -> None:
    served = Served(tmp_path)
    made = dict(served.begin())
    assert set(made.values()) == {"made"}
    again = dict(served.begin())
    assert again == {**dict.fromkeys(made, "kept"), "configuration": "made"}
    assert dict(served.begin(new_password=True))["password"] == "renewed"
    assert dict(served.begin(names=["fenrir.tail"]))["certificate"] == "renewed"
    assert {"localhost", "fenrir.tail", "127.0.0.1"} <= certified(served.home.certificate).names
    make_certificate(served.home, ["localhost"], days=10)
    assert dict(served.begin())["certificate"] == "renewed"


def test_a_folder_that_cannot_be_made_is_named() -> None:
    settings = RegistrySettings(address="localhost:7430")
    with pytest.raises(BadInput, match="cannot make /proc/none"):
        list(begin(settings, Home(Path("/proc/none"), Path("/proc/none/storage"))))


def test_one_in_a_container_has_no_number_that_means_anything_here(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "storage")
    assert keeper(home) is None
    held = lock.take(home.lock, "2 pid:[1]")
    assert held is not None
    assert keeper(home) == Keeper(None)
    assert str(keeper(home)) == "in a container"
    held.release()
