"""What distribution never says: other servers do, and hostile ones may say anything."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from registry.client.pace import Pace, PacedTransport
from registry.client.registry import Registry
from registry.client.trouble import NoRegistry, RegistryRefused, WrongContent
from registry.manifests import OCI_MANIFEST, digest_of
from registry.names import ImageName
from tests.canned_server import CannedServer
from tests.integration.registry.conftest import KNOWN, QUICK
from tests.scripted_registry import Asked, Dropped, Reply, ScriptedRegistry, scripted
from ygg.errors import BadInput, Denied, RegistryUnreachable, YggError

BLOB = bytes(range(256)) * 400
DIGEST = digest_of(BLOB)
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "a/b", "digest": DIGEST, "size": len(BLOB)},
        "layers": [],
    }
).encode()
OF_MANIFEST = {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": digest_of(MANIFEST)}


def client(server: ScriptedRegistry) -> Registry:
    return Registry(server.address, KNOWN, plain_http=True, patience=QUICK, timeout_seconds=2)


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: reply


def in_turn(*replies: Reply | type[Dropped]) -> Callable[[Asked], Reply]:
    """One after the other; the last of them from then on."""
    left = list(replies)

    def answer(asked: Asked) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Reply):
            return reply
        raise reply

    return answer


def a_page(*names: str, after: str | None = None) -> Reply:
    link = {"Link": f'</v2/a/tags/list?last={after}&n=2>; rel="next"'} if after is not None else {}
    return Reply(body=json.dumps({"name": "a", "tags": names}).encode(), headers=link)


def test_pages_are_followed_by_the_name_they_end_with() -> None:
    pages = in_turn(a_page("1", "2", after="2"), a_page("3", "4", after="4"), a_page("5"))
    with scripted(pages) as server, client(server) as registry:
        assert registry.tags("a", page_size=2) == ["1", "2", "3", "4", "5"]
        assert server.paths == [
            "GET /v2/a/tags/list?n=2",
            "GET /v2/a/tags/list?n=2&last=2",
            "GET /v2/a/tags/list?n=2&last=4",
        ]


@pytest.mark.parametrize(
    "reply",
    [
        a_page("1", "2", after="2"),
        a_page(after="2"),
        a_page("1", after=""),
        Reply(body=b'{"tags": ["../../etc/passwd"]}'),
        Reply(body=b'{"tags": [1]}'),
        Reply(body=b'{"tags": '),
        Reply(body=b"[" * 100_000),
        Reply(body=b'"a" ' * 1000, endless=True),
    ],
)
def test_a_list_that_ends_nowhere_is_left(reply: Reply) -> None:
    with scripted(always(reply)) as server, client(server) as registry:
        with pytest.raises(NoRegistry, match="is no registry"):
            registry.tags("a", page_size=2)
        assert len(server.asked) <= 2


@pytest.mark.parametrize(
    "again",
    [
        Reply(429, headers={"Retry-After": "0"}),
        Reply(503, b'{"errors": [{"code": "UNAVAILABLE", "message": "starting"}]}'),
        Reply(502, b"<html>"),
        Reply(504),
        Reply(body=b"{", size=2),
        Dropped,
    ],
)
def test_what_may_pass_is_asked_again(again: Reply | type[Dropped]) -> None:
    good = Reply(body=b"{}")
    with scripted(in_turn(again, again, good)) as server, client(server) as registry:
        registry.ping()
        assert len(server.asked) == 3
    with scripted(in_turn(again)) as server, client(server) as registry:
        with pytest.raises(RegistryUnreachable):
            registry.ping()
        assert len(server.asked) == QUICK.attempts


def test_what_fails_inside_is_asked_again() -> None:
    """As a tag does that somebody writes at that moment."""
    odd = Reply(500, b'{"errors": [{"code": "UNKNOWN", "message": "odd"}]}')
    with scripted(in_turn(odd, Reply(body=b"{}"))) as server, client(server) as registry:
        registry.ping()
    with scripted(always(odd)) as server, client(server) as registry:
        with pytest.raises(RegistryRefused, match="odd"):
            registry.ping()
        assert len(server.asked) == 4


def test_a_wait_that_is_asked_for_is_kept_or_declined() -> None:
    busy, good = Reply(429, headers={"Retry-After": "1"}), Reply(body=b"{}")
    with scripted(in_turn(busy, good)) as server, client(server) as registry:
        began = time.monotonic()
        registry.ping()
        assert time.monotonic() - began >= 1
    far = Reply(503, headers={"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"})
    with scripted(always(far)) as server, client(server) as registry:
        with pytest.raises(RegistryUnreachable, match="busy or starting"):
            registry.ping()
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(400, b'{"errors": [{"code": "X", "message": "odd"}]}'), RegistryRefused),
        (Reply(403, b'{"errors": [{"code": "DENIED", "message": "odd"}]}'), Denied),
        (Reply(401), Denied),
        (Reply(401, headers={"WWW-Authenticate": "Negotiate"}), Denied),
        (Reply(404, b"<html>"), NoRegistry),
        (Reply(418, b"<html>"), NoRegistry),
        (Reply(302, headers={"Location": "ftp://127.0.0.1/"}), NoRegistry),
        (Reply(302, headers={"Location": "file:///etc/passwd"}), NoRegistry),
        (Reply(302, headers={"Location": "http://[::1"}), NoRegistry),
        (Reply(302, headers={"Location": "https://127.0.0.1:1/v2/"}), NoRegistry),
        (Reply(302, headers={"Location": "http://user:word@127.0.0.1/"}), NoRegistry),
        (Reply(302), NoRegistry),
        (Reply(200, b"x", {"Docker-Distribution-Api-Version": "2"}), NoRegistry),
    ],
)
def test_what_is_refused_is_not_asked_again(reply: Reply, kind: type[YggError]) -> None:
    with scripted(always(reply)) as server, client(server) as registry:
        with pytest.raises(kind):
            registry.ping()
        assert len(server.asked) == 1


def test_what_speaks_no_http_is_told() -> None:
    server = CannedServer(b"220 mail.example ESMTP\r\n\r\n")
    server.start()
    address = server.url.removeprefix("http://")
    with (
        Registry(address, plain_http=True, patience=QUICK) as registry,
        pytest.raises(NoRegistry, match="is no registry"),
    ):
        registry.ping()
    server.stop()
    assert len(server.requests) == 1


def test_a_byte_now_and_then_is_not_waited_for() -> None:
    pace = Pace(grace_seconds=0.3, bytes_each_second=1000)
    began = time.monotonic()
    with (
        scripted(always(Reply(dripping=True))) as server,
        httpx.Client(transport=PacedTransport(ssl.create_default_context(), pace)) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get(f"http://{server.address}/v2/")
    assert 0.3 <= time.monotonic() - began < 3


def test_it_sends_us_round_in_a_circle() -> None:
    circle = Reply(307, headers={"Location": "/v2/"})
    with scripted(always(circle)) as server, client(server) as registry:
        with pytest.raises(NoRegistry, match="in a circle"):
            registry.ping()
        assert len(server.asked) == 6


def test_an_endless_answer_is_left() -> None:
    with scripted(always(Reply(body=b"x" * 65536, endless=True))) as server:
        for ask in (
            lambda registry: registry.manifest(ImageName(server.address, "a", "1")),
            lambda registry: registry.catalog(),
        ):
            with client(server) as registry, pytest.raises(NoRegistry, match="is larger than"):
                ask(registry)


@pytest.mark.parametrize(
    ("body", "headers", "kind", "said"),
    [
        (MANIFEST + b" ", OF_MANIFEST, WrongContent, "has other bytes under"),
        (MANIFEST, OF_MANIFEST | {"Docker-Content-Digest": "sha256:1"}, WrongContent, "other by"),
        (MANIFEST, OF_MANIFEST | {"Content-Type": "text/html"}, BadInput, "calls it 'text/html'"),
        (b"{}", {"Content-Type": "application/json"}, BadInput, "of an unknown kind"),
    ],
)
def test_a_manifest_that_is_another_is_refused(
    body: bytes, headers: dict[str, str], kind: type[YggError], said: str
) -> None:
    with (
        scripted(always(Reply(body=body, headers=headers))) as server,
        client(server) as registry,
        pytest.raises(kind, match=said),
    ):
        registry.manifest(ImageName(server.address, "a", "1"))


def test_another_manifest_than_was_asked_for_is_refused() -> None:
    wanted = "sha256:" + "5" * 64
    with scripted(always(Reply(body=MANIFEST, headers=OF_MANIFEST))) as server:
        name = ImageName(server.address, "a", digest=wanted)
        for ask in (Registry.manifest, Registry.head):
            with client(server) as registry, pytest.raises(WrongContent, match=wanted):
                ask(registry, name)


def test_a_head_without_a_digest_is_read_whole() -> None:
    reply = Reply(body=MANIFEST, headers={"Content-Type": OCI_MANIFEST})
    with scripted(always(reply)) as server, client(server) as registry:
        head = registry.head(ImageName(server.address, "a", "1"))
        assert (head.digest, head.size_bytes) == (digest_of(MANIFEST), len(MANIFEST))


def test_a_blob_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        found = re.fullmatch(r"bytes=(\d+)-", asked.headers.get("range", ""))
        at = int(found[1]) if found else 0
        headers = {"Content-Range": f"bytes {at}-{len(BLOB) - 1}/{len(BLOB)}"} if at else {}
        rest = BLOB[at:]
        size = None if at > 60_000 else len(rest)
        return Reply(206 if at else 200, rest[:40_000] if size else rest, headers, size)

    with scripted(answer) as server, client(server) as registry:
        registry.download_blob("a", DIGEST, tmp_path / "blob")
        ranges = [one.headers.get("range") for one in server.asked]
        assert ranges == [None, "bytes=40000-", "bytes=80000-"]
    assert (tmp_path / "blob").read_bytes() == BLOB


def test_a_server_without_ranges_begins_anew(tmp_path: Path) -> None:
    cut, whole = Reply(body=BLOB[:5000], size=len(BLOB)), Reply(body=BLOB)
    with scripted(in_turn(cut, whole)) as server, client(server) as registry:
        assert registry.download_blob("a", DIGEST, tmp_path / "blob") == len(BLOB)
    assert (tmp_path / "blob").read_bytes() == BLOB


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (always(Reply(body=BLOB[:-1])), WrongContent),
        (always(Reply(body=BLOB, endless=True)), BadInput),
        (always(Reply(body=BLOB[:9], size=len(BLOB))), RegistryUnreachable),
        (
            in_turn(
                Reply(body=BLOB[:9], size=len(BLOB)),
                Reply(206, BLOB, {"Content-Range": f"bytes 0-9/{len(BLOB)}"}),
            ),
            NoRegistry,
        ),
    ],
)
def test_a_blob_that_is_wrong_leaves_no_file(
    tmp_path: Path, answer: Callable[[Asked], Reply], kind: type[YggError]
) -> None:
    (tmp_path / "blob").write_bytes(b"of before")
    with scripted(answer) as server, client(server) as registry, pytest.raises(kind):
        registry.download_blob("a", DIGEST, tmp_path / "blob", most_bytes=len(BLOB))
    assert [one.name for one in tmp_path.iterdir()] == ["blob"]
    assert (tmp_path / "blob").read_bytes() == b"of before"


def test_a_blob_elsewhere_is_fetched_without_a_password(tmp_path: Path) -> None:
    with scripted(always(Reply(body=BLOB))) as other:
        there = Reply(307, headers={"Location": f"http://{other.address}/somewhere"})
        basic = Reply(401, headers={"WWW-Authenticate": 'Basic realm="a"'})
        with scripted(in_turn(basic, there)) as server, client(server) as registry:
            registry.download_blob("a", DIGEST, tmp_path / "blob")
        assert "authorization" not in server.asked[0].headers
        assert server.asked[1].headers["authorization"] == KNOWN.header
        assert other.paths == ["GET /somewhere"]
        assert "authorization" not in other.asked[0].headers


def test_an_upload_never_leaves_the_registry() -> None:
    with scripted(always(Reply(body=b""))) as other:

        def answer(asked: Asked) -> Reply:
            if asked.method == "HEAD":
                return Reply(404)
            return Reply(202, headers={"Location": "http://127.0.0.2:1/v2/a/blobs/uploads/1"})

        with scripted(answer) as server, client(server) as registry:
            with pytest.raises(NoRegistry, match="it sends an upload to"):
                registry.upload_blob("a", BLOB)
            assert [one.body for one in server.asked if one.body] == []
        assert other.asked == []
