"""The fleet's authority and what it signs, as OpenSSL's own rules read it."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from registry.home import Home
from registry.hosting.authority import (
    CERTIFICATE_DAYS,
    certified,
    is_signed_by_authority,
    make_authority,
    make_certificate,
)
from ygg.errors import BadInput


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path, tmp_path / "storage")
    make_authority(found)
    return found


def test_keys_are_for_their_owner_alone(home: Home) -> None:
    make_certificate(home, ["localhost"])
    modes = [file.stat().st_mode & 0o777 for file in (home.authority_key, home.certificate_key)]
    assert modes == [0o600, 0o600]


def test_a_certificate_says_whom_it_is_for(home: Home) -> None:
    make_certificate(home, ["fenrir", "127.0.0.1", "fd00::1"])
    found = certified(home.certificate)
    assert found.names == {"fenrir", "127.0.0.1", "fd00::1"}
    assert found.days_left == CERTIFICATE_DAYS - 1
    assert is_signed_by_authority(home)


def test_one_of_another_authority_is_none_of_ours(home: Home, tmp_path: Path) -> None:
    make_certificate(home, ["localhost"])
    make_authority(home)
    assert not is_signed_by_authority(home)
    with pytest.raises(BadInput, match="cannot read the certificate"):
        certified(tmp_path / "none.pem")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_authority_takes_it(home: Home, name: str) -> None:
    make_certificate(home, ["localhost", "127.0.0.1"])
    assert _shaken(home, name) == "fine"


def test_a_client_refuses_another_name_and_what_has_ended(home: Home) -> None:
    make_certificate(home, ["localhost"])
    assert "IP address mismatch" in _shaken(home, "127.0.0.1")
    make_certificate(home, ["localhost"], days=0)
    assert "expired" in _shaken(home, "localhost")


def _shaken(home: Home, name: str) -> str:
    """What a client says that knows this authority and asks for that name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(home.certificate, home.certificate_key)
    client = ssl.create_default_context(cafile=str(home.authority))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    one, other = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(other, server_side=True).close()
        except OSError:
            other.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(one, server_hostname=name).close()
    except ssl.SSLError as error:
        return str(error)
    finally:
        one.close()
        thread.join(10)
    return "fine"
