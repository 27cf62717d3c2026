"""The registry as a process: begun once, served over TLS with a password, read-only on demand."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from registry.home import Home
from registry.hosting import authority, starting
from registry.hosting.authority import certified, make_certificate
from registry.hosting.begin import begin
from registry.hosting.detached import start
from registry.hosting.keeper import Keeper, keeper
from registry.hosting.serve import serve
from registry.hosting.status import status
from tests.served_registry import Served, child_of
from tests.services import free_port, wait_until
from ygg import lock
from ygg.errors import BadInput, Conflict, YggError
from ygg.registry_settings import RegistrySettings

UPLOADS = "/v2/ygg-probe/blobs/uploads/"


def test_whoever_has_the_password_is_let_in(served: Served) -> None:
    assert served.ask("GET", "/v2/", user="nobody") == 401
    assert served.home.folder.stat().st_mode & 0o777 == 0o700


def test_there_is_but_one(served: Served) -> None:
    second = served.start()
    _, said = second.communicate(timeout=20)
    assert second.returncode == 2
    assert f"runs already: {keeper(served.home)}" in said


def test_it_takes_nothing_in_while_somebody_asks_for_that(served: Served) -> None:
    assert served.ask("POST", UPLOADS) == 202
    held = lock.take(served.home.readonly, "a test")
    assert held is not None
    try:
        wait_until(lambda: served.ask("POST", UPLOADS) == 405, "it to refuse")
        assert served.ask("GET", "/v2/") == 200
    finally:
        held.release()
    wait_until(lambda: served.ask("POST", UPLOADS) == 202, "it to take in again")


def test_it_is_started_again_when_it_dies(served: Served) -> None:
    found = keeper(served.home)
    assert found is not None
    assert found.process
    os.kill(child_of(found.process), signal.SIGKILL)
    wait_until(lambda: served.ask("GET", "/v2/") == 0, "it to be gone")
    wait_until(lambda: served.ask("GET", "/v2/") == 200, "it to be back")


@pytest.mark.parametrize(("days", "said"), [(20, "ends in 1"), (-2, "has expired")])
def test_a_certificate_that_cannot_be_renewed_stops_nothing(
    tmp_path: Path, days: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "_EARLY", timedelta(days=30))
    served = Served(tmp_path)
    served.begin()
    make_certificate(served.home, ["localhost"], days=days)
    served.home.authority_key.unlink()
    told = _ygg(served, "up", "--detach").stdout
    try:
        assert ("has expired" in told) == (days < 0)
        assert said in served.home.process_log.read_text()
        found = status(served.settings)
        assert found.ends_soon
        assert f"put the authority's key back as {served.home.authority_key}" in found.renewal
        if days > 0:
            held = lock.take(served.home.readonly, "a test")
            assert held is not None
            wait_until(lambda: served.ask("POST", UPLOADS) == 405, "it to be started anew")
            held.release()
    finally:
        _ygg(served, "down")


def test_nothing_is_taken_in_while_its_disk_is_away(tmp_path: Path) -> None:
    served = Served(tmp_path)
    served.begin()
    storage, away = served.home.storage, tmp_path / "away"
    with served.running():
        wait_until(lambda: served.ask("POST", UPLOADS) == 202, "it to take in")
        storage.rename(away)
        storage.mkdir()
        wait_until(lambda: served.ask("POST", UPLOADS) == 405, "it to refuse")
        found = status(served.settings)
        assert not found.is_well
        assert "is not the folder that images were in; mount its disk" in found.lost
        shutil.rmtree(storage)
        away.rename(storage)
        wait_until(lambda: served.ask("POST", UPLOADS) == 202, "it to take in again")
    assert not status(served.settings).lost
    storage.rename(away)
    with pytest.raises(YggError, match="is not the folder that images were in"):
        start(served.settings)
    assert status(served.settings).hint.startswith("mount its disk")


@pytest.mark.parametrize("setting", ["address", "mirror_port", "metrics_port"])
def test_a_port_that_is_taken_is_told_with_the_setting(
    tmp_path: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "PORT_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        value: object = f"localhost:{port}" if setting == "address" else port
        served = Served(tmp_path, mirror_of="https://images.example", mirror_port=free_port())
        told = served.settings.registry.model_copy(update={setting: value})
        settings = served.settings.model_copy(update={"registry": told})
        list(begin(told, served.home))
        for run in (serve, start):
            with pytest.raises(Conflict, match=f"port {port}.*: it is in use") as caught:
                run(settings)
            assert caught.value.hint
            assert f"or give {setting} in [registry]" in caught.value.hint
    assert keeper(served.home) is None


def test_an_address_of_another_machine_is_told_with_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "PORT_SECONDS", 0.0)
    served = Served(tmp_path, listen="192.0.2.1:7430")
    served.begin()
    with pytest.raises(Conflict, match=r"port 7430 of 192\.0\.2\.1: it cannot be used") as caught:
        serve(served.settings)
    assert caught.value.field == "registry.listen"


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


def _ygg(served: Served, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "ygg.cli", "registry", *words],
        env=served.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
