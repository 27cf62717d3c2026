"""The page of images: for this machine's browser, and nothing in it is believed."""

from __future__ import annotations

import http.client
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from registry.looking.page import View
from registry.looking.showing import Server, view
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key, read_public_key
from tests.integration.registry.conftest import Pushed, push
from tests.served_registry import Served
from ygg.views import ExecutorView


@pytest.fixture(scope="module")
def pushed(served: Served) -> Pushed:
    with reach(served.settings) as registry:
        found = push(registry, "shown/one", "0.2.0", b"<script>", version="<b>1</b>")
        name = ImageName(registry.address, "shown/one", "0.2.0")
        by = "<script>alert(1)</script>"
        sign(registry, [name], found.digest, read_key(served.home.signing_key), by, 1_800_000_000)
        registry.put_manifest(name.tagged("latest"), found.manifest.encoded())
        push(registry, "shown/two", "0.1.0", b"unsigned")
    return found


@pytest.fixture(scope="module")
def server(served: Served, pushed: Pushed) -> Iterator[Server]:
    key = read_public_key(served.home.public_key)
    one: ExecutorView = {"executor": "fenrir", "image_digest": pushed.digest, "state": "alive"}  # type: ignore[typeddict-item]

    def make():  # type: ignore[no-untyped-def]
        with reach(served.settings) as registry:
            return view(registry, key, [one])

    with Server(0, make) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,))
        thread.start()
        yield found
        found.shutdown()
        thread.join(10)


def ask(
    server: Server, path: str = "/", host: str | None = None, method: str = "GET"
) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    try:
        headers = {"Host": host} if host else {}
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        policy = answer.getheader("Content-Security-Policy") or ""
        return answer.status, answer.read().decode(), policy
    finally:
        connection.close()


def test_it_tells_tags_digests_signers_and_who_runs_what(server: Server, pushed: Pushed) -> None:
    status, text, policy = ask(server)
    assert status == 200
    assert "default-src 'none'" in policy
    assert f'title="{pushed.digest}"' in text
    assert "0.2.0" in text
    assert "fenrir" in text
    assert text.count("not by the fleet") == 1
    assert text.count("not as latest") == 1


def test_what_an_image_says_is_text_and_no_markup(server: Server) -> None:
    _, text, _ = ask(server)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text


def test_it_is_for_this_machine_alone(server: Server) -> None:
    assert ask(server, host=f"evil.example:{server.server_port}")[0] == 403
    assert ask(server, path="/../etc/passwd")[0] == 404
    assert server.server_address[0] == "127.0.0.1"


def test_browsers_ask_in_several_ways(server: Server) -> None:
    assert ask(server, host="127.0.0.1")[0] == 200  # without the port, where it is 80
    assert ask(server, path="/?a=1")[0] == 200
    status, text, policy = ask(server, method="HEAD")
    assert (status, text, bool(policy)) == (200, "", True)


def test_a_browser_that_goes_away_is_not_told_of(capfd: pytest.CaptureFixture[str]) -> None:
    went = threading.Event()

    class Watched(Server):
        def handle_error(self, request: object, client_address: object) -> None:
            super().handle_error(request, client_address)
            went.set()

    def never() -> View:
        raise AssertionError

    with Watched(0, never) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_port)) as browser:
            browser.sendall(b"GET / HTTP/1.1\r\n")
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        thread.join(10)
        assert went.wait(10)
    assert capfd.readouterr().err == ""


def shown(served: Served, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "ygg.cli", "images", "list", "--web", *words],
        env=served.environment | settings,
        cwd=served.settings.data_dir,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_that_is_taken_is_told(served: Served, server: Server) -> None:
    told = shown(served, "--port", str(server.server_port))
    assert told.returncode == 2
    assert f"cannot listen on port {server.server_port} of 127.0.0.1" in told.stderr
    assert "leave --port out" in told.stderr


def test_a_page_is_no_json(served: Served) -> None:
    assert shown(served, "--json").returncode == 2
