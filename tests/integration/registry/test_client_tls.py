"""Which certificates are trusted, and what is said of those that are not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.client.patience import Patience
from registry.client.registry import Registry
from registry.home import Home
from registry.hosting.authority import make_authority, make_certificate
from tests.conftest import unavailable
from tests.integration.registry.conftest import KNOWN, QUICK
from tests.registry_server import RegistryServer
from tests.services import ServiceMissing
from ygg.errors import BadInput, RegistryUnreachable

HERE = ["127.0.0.1"]
SLOW = Patience(first_wait_seconds=20)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("home")
    home = Home(folder, folder / "storage")
    make_authority(home)
    return home


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    server = _started(tmp_path_factory.mktemp("plain"), None)
    yield server
    server.kill()


def _started(folder: Path, home: Home | None) -> RegistryServer:
    try:
        server = RegistryServer(folder, tls=home, credentials=KNOWN)
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    return server


@pytest.fixture
def shown(request: pytest.FixtureRequest, tmp_path: Path, home: Home) -> Iterator[RegistryServer]:
    """A registry with a certificate for these names and days."""
    names, days = request.param
    make_certificate(home, names, days)
    server = _started(tmp_path, home)
    yield server
    server.kill()


@pytest.mark.parametrize("shown", [(HERE, 30)], indirect=True)
def test_a_certificate_of_the_fleet_is_trusted(
    shown: RegistryServer, home: Home, tmp_path: Path
) -> None:
    with Registry(shown.address, KNOWN, home.authority, patience=QUICK) as registry:
        registry.ping()
        digest = registry.upload_blob("over-tls", b"content").digest
        assert registry.blob_size("over-tls", digest) == 7

    (tmp_path / "other").mkdir()
    stranger = Home(tmp_path / "other", tmp_path)
    make_authority(stranger)
    for ca_file in (None, stranger.authority):
        said = _said(Registry(shown.address, KNOWN, ca_file, patience=QUICK))
        assert "was signed by nobody that is known here" in said.message
        assert "CA certificate" in (said.hint or "")

    said = _said(Registry(shown.address, plain_http=True, patience=QUICK))
    assert "speaks TLS" in said.message


@pytest.mark.parametrize(
    ("shown", "message", "hint"),
    [
        ((HERE, 0), "has expired", "makes a new one"),
        ((["127.0.0.2"], 30), "is for another name", "use the name it was made for"),
        ((["fleet.example"], 30), "is for another name", "use the name it was made for"),
    ],
    indirect=["shown"],
)
def test_a_bad_certificate_is_told_by_what_is_wrong(
    shown: RegistryServer, home: Home, message: str, hint: str
) -> None:
    began = time.monotonic()
    said = _said(Registry(shown.address, KNOWN, home.authority, patience=SLOW))
    assert f"the certificate of the registry at {shown.address} {message}" in said.message
    assert hint in (said.hint or "")
    assert time.monotonic() - began < SLOW.first_wait_seconds, "it was asked again"


def test_a_registry_without_tls_is_told(plain: RegistryServer, home: Home) -> None:
    said = _said(Registry(plain.address, KNOWN, home.authority, patience=QUICK))
    assert "does not speak TLS" in said.message


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(BadInput, match="has no certificate of a CA"):
            Registry("127.0.0.1:1", ca_file=tmp_path / name)


def _said(registry: Registry) -> RegistryUnreachable:
    with registry, pytest.raises(RegistryUnreachable) as refused:
        registry.ping()
    return refused.value
