from __future__ import annotations

import socket
import threading

import pytest

from ygg.client import Client
from ygg.errors import BadInput, NoAnswer, Unreachable
from ygg.http_connection import ONE_PIECE_BYTES, connection_to
from ygg.target import Target


def sent(body: bytes) -> list[bytes]:
    """What a request puts on its socket, piece by piece."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        theirs.settimeout(0.2)
        connection = connection_to("http://127.0.0.1:1", 5)
        connection.sock = ours
        connection.request("POST", "/v1/tasks", body=body, headers={"Accept": "x"})
        pieces = []
        while True:
            try:
                pieces.append(theirs.recv(1 << 20))
            except TimeoutError:
                return pieces


def test_a_small_request_goes_out_in_one_piece() -> None:
    [piece] = sent(b"{}")
    head, _, body = piece.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/tasks HTTP/1.1\r\n")
    assert (b"Content-Length: 2" in head, body) == (True, b"{}")


def test_a_long_one_is_sent_as_it_comes() -> None:
    body = b"x" * (ONE_PIECE_BYTES + 1)
    head, *rest = sent(body)
    assert head.endswith(b"\r\n\r\n")
    assert b"".join(rest) == body


def hang_up(listener: socket.socket) -> None:
    """After the whole request was heard."""
    connection, _ = listener.accept()
    connection.recv(1 << 20)
    connection.close()


def test_a_request_that_was_heard_and_not_answered_may_have_been_fulfilled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for ask, error in (
            (lambda client: client.submit({"label": "dev-echo"}), NoAnswer),
            (lambda client: client.health(), Unreachable),
        ):
            other_end = threading.Thread(target=hang_up, args=(listener,))
            other_end.start()
            with pytest.raises(error) as caught:
                ask(Client(Target(url, None)))
            other_end.join()
            assert type(caught.value) is error


@pytest.mark.parametrize("url", ["ftp://somewhere", "somewhere", "http://", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="is no address of a coordinator"):
        connection_to(url, 1)
