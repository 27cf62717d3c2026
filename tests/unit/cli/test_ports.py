"""Ports between the choice of them and the server that listens."""

import socket
import subprocess
import sys

import pytest

from ygg.embedded.ports import FIRST, LAST, Claims, any_free, why_not

HOST = "127.0.0.1"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux keeps such names")
def test_a_port_that_another_process_has_claimed_is_not_taken_though_nobody_listens():
    port = any_free(HOST)
    code = (
        "import sys; from ygg.embedded.ports import Claims; claims = Claims()\n"
        f"print(claims.take('{HOST}', {port}), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        (sys.executable, "-c", code), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "True\n"
        assert why_not(HOST, port) is None
        assert not Claims().take(HOST, port)
        assert Claims().prefer(HOST, port) != port
        other.stdin.close()
    assert Claims().take(HOST, port)


def test_a_claim_does_not_keep_the_part_itself_from_listening():
    claims = Claims()
    port = claims.take_any(HOST)
    socket.create_server((HOST, port)).close()


def test_a_port_that_somebody_listens_on_is_not_taken():
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert not Claims().take(HOST, port)
        assert why_not(HOST, port) == "is in use by another program"


def test_ports_are_below_those_of_clients():
    assert all(FIRST <= any_free(HOST) < LAST for _ in range(20))


def test_an_address_that_is_not_ours_is_said_to_be_so():
    assert "cannot be used" in (why_not("192.0.2.1", 0) or "")
