"""`HOST` and `HOST:PORT`: what is one, for settings, certificates and names of images alike."""

from __future__ import annotations

import ipaddress
import re

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Where a machine reaches itself."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_MOST_NAME = 253
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_MOST_PORT = 65535


def is_host(text: str) -> bool:
    """A name as DNS has it, or an address; one of IPv6 in brackets, so that a port can follow."""
    if text.startswith("[") and text.endswith("]"):
        return is_ipv6(text[1:-1])
    return len(text) <= _MOST_NAME and _NAME.fullmatch(text) is not None


def is_ipv6(text: str) -> bool:
    try:
        return "%" not in text and bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and int(text) <= _MOST_PORT


def is_address(text: str) -> bool:
    """With a port."""
    host, colon, port = text.rpartition(":")
    return bool(colon) and is_host(host) and is_port(port)


def in_ascii(text: str) -> str | None:
    """How a name with other letters is written in DNS; nothing where it has none, or cannot be."""
    if text.isascii():
        return None
    try:
        return text.encode("idna").decode()
    except UnicodeError:
        return None
