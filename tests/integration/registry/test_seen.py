"""How the registry is, as the coordinator and `ygg doctor` tell it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from coordinator.registry_watch import RegistryWatch
from registry.doctor import check_registry
from registry.ping import trouble_of
from tests.served_registry import Served, served_registry
from tests.services import wait_until
from ygg.registry_settings import RegistrySettings


def test_one_that_answers_is_well_for_whoever_has_no_password(served: Served) -> None:
    assert trouble_of(served.settings) is None
    told = {check.name: check for check in check_registry(served.settings)}
    assert {name: check.verdict for name, check in told.items()} == {
        "registry": "ok",
        "registry TLS": "ok",
        "images disk": told["images disk"].verdict,
    }
    assert served.address in told["registry"].detail


def test_one_that_is_away_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coordinator.registry_watch.LOOK_SECONDS", 0.05)
    stop = threading.Event()
    with served_registry(tmp_path) as served:
        watch = RegistryWatch(served.settings)
        thread = threading.Thread(target=watch.run, args=(stop,))
        thread.start()
        try:
            wait_until(lambda: bool(watch.told and watch.told["ok"]), "a look at it")
        except BaseException:
            stop.set()
            raise
    try:
        wait_until(lambda: not (watch.told and watch.told["ok"]), "it to be missed")
    finally:
        stop.set()
        thread.join(10)
    assert watch.told is not None
    assert "does not answer" in watch.told["detail"]
    (check, *_) = check_registry(served.settings)
    assert (check.verdict, check.next) == ("FAIL", "ygg registry up")


def test_where_there_is_no_registry_nothing_is_told(served: Served) -> None:
    watch = RegistryWatch(served.settings.model_copy(update={"registry": RegistrySettings()}))
    stop = threading.Event()
    stop.set()
    watch.run(stop)
    assert watch.told is None


def test_a_certificate_of_strangers_and_another_server_are_told_apart(served: Served) -> None:
    strangers = served.settings.registry.model_copy(
        update={"ca_file": Path("/etc/ssl/certs/ca-certificates.crt")}
    )
    foreign = served.settings.model_copy(update={"registry": strangers})
    assert "certificate is not trusted" in (trouble_of(foreign) or "")
