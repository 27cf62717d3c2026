"""Wake-on-LAN: the packet that a sleeping network card waits for."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable

from ygg.errors import BadInput, Unreachable

MAC = r"^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"
_SECURE_ON = r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}|(\d{1,3}\.){3}\d{1,3}"


def magic_packet(mac: str, secure_on: str = "") -> bytes:
    """Six bytes 0xff, sixteen times the address, and the SecureOn password if the card has one.

    The password is written as cards' tools do: six bytes like a MAC address, or four like an IP
    address.
    """
    if not re.fullmatch(MAC, mac):
        raise BadInput(f"{mac!r} is not a MAC address", allowed=["aa:bb:cc:dd:ee:ff"])
    return b"\xff" * 6 + _hexadecimal(mac) * 16 + _password(secure_on)


def _password(text: str) -> bytes:
    if not text:
        return b""
    # Not shown: it is a secret.
    wrong = BadInput(
        "the SecureOn password is neither six bytes nor four",
        hint="write it as aa:bb:cc:dd:ee:ff or 192.168.1.2",
    )
    if not re.fullmatch(_SECURE_ON, text, re.ASCII):
        raise wrong
    if "." not in text:
        return _hexadecimal(text)
    try:
        return bytes(map(int, text.split(".")))
    except ValueError as error:
        raise wrong from error


def _hexadecimal(text: str) -> bytes:
    return bytes.fromhex(re.sub("[:-]", "", text))


def send(packet: bytes, addresses: Iterable[str], port: int) -> None:
    """Broadcast it. Whether anybody heard, nobody says."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for address in addresses:
            try:
                sender.sendto(packet, (address, port))
            except OSError as error:
                raise Unreachable(
                    f"cannot send to {address} port {port}: {error.strerror or error}",
                    hint="set the machine's `broadcast` to the broadcast address of its network",
                ) from error
