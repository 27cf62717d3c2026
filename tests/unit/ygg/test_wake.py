"""Magic packets, byte for byte."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.adapters.wake import magic_packet, send
from ygg.errors import BadInput, Unreachable

MAC = "01:23:45:67:89:ab"
PLAIN = b"\xff" * 6 + bytes.fromhex("0123456789ab") * 16


def test_a_packet() -> None:
    assert magic_packet(MAC) == magic_packet("01-23-45-67-89-AB") == PLAIN
    assert len(PLAIN) == 102


def test_a_packet_with_a_password() -> None:
    assert magic_packet(MAC, "de:ad:be:ef:00:01") == PLAIN + bytes.fromhex("deadbeef0001")
    assert magic_packet(MAC, "192.168.1.255") == PLAIN + bytes([192, 168, 1, 255])


@pytest.mark.parametrize(
    "mac", ["", "01:23:45:67:89", "01:23:45:67:89:ag", MAC + ":00", MAC + "\n"]
)
def test_what_is_no_address(mac: str) -> None:
    with pytest.raises(BadInput):
        magic_packet(mac)


@given(st.text(min_size=1))
def test_a_wrong_password_is_refused_and_not_shown(password: str) -> None:
    try:
        packet = magic_packet(MAC, password)
    except BadInput as error:
        said = error.message
    else:
        said = f"{len(packet)} bytes"
    assert said in ("106 bytes", "108 bytes", "the SecureOn password is neither six bytes nor four")


@pytest.mark.parametrize("password", ["1.2.3.256", "\uff11.2.3.4", "de:ad"])
def test_a_password_of_another_shape(password: str) -> None:
    with pytest.raises(BadInput):
        magic_packet(MAC, password)


def test_it_is_heard_on_the_network() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card:
        card.bind(("127.0.0.1", 0))
        card.settimeout(5)
        send(PLAIN, ["127.0.0.1", "127.255.255.255"], card.getsockname()[1])
        assert card.recv(2000) == PLAIN


def test_a_network_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(Unreachable, match="cannot send to"):
        send(PLAIN, ["no-such-machine.invalid"], 9)
