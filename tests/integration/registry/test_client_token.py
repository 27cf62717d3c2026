"""Registries that send for a token first: what is told to whom, and how long a token is kept."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from registry.client.registry import Registry
from registry.client.trouble import NoRegistry
from tests.integration.registry.conftest import KNOWN, QUICK
from tests.scripted_registry import Asked, Reply, ScriptedRegistry, scripted
from ygg.errors import Denied, RegistryUnreachable, YggError

TAGS = Reply(body=b'{"tags": ["1"]}')


def client(server: ScriptedRegistry) -> Registry:
    return Registry(server.address, KNOWN, plain_http=True, patience=QUICK)


def wanting(realm: str) -> Callable[[Asked], Reply]:
    """Takes `Bearer good`, and says who gives it."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization") == "Bearer good":
            return TAGS
        repository = asked.path.split("/")[2]
        scope = f"repository:{repository}:pull"
        challenge = f'Bearer realm="{realm}",service="the registry",scope="{scope}"'
        return Reply(401, headers={"WWW-Authenticate": challenge})

    return answer


def gives(**answer: object) -> Callable[[Asked], Reply]:
    return lambda asked: Reply(body=json.dumps(answer).encode())


@pytest.mark.parametrize("name", ["token", "access_token"])
def test_a_token_is_fetched_once_for_each_scope(name: str) -> None:
    with (
        scripted(gives(**{name: "good", "expires_in": 300})) as giver,
        scripted(wanting(f"http://{giver.address}/token")) as server,
        client(server) as registry,
    ):
        for repository in ("a", "a", "b", "a", "b"):
            assert registry.tags(repository) == ["1"]
        asked = "GET /token?service=the+registry&scope=repository%3A{}%3Apull&account=ygg"
        assert giver.paths == [asked.format("a"), asked.format("b")]
        assert {one.headers["authorization"] for one in giver.asked} == {KNOWN.header}
        told = {one.headers.get("authorization") for one in server.asked}
        assert told == {None, "Bearer good"}, "the registry never sees the password"


def test_a_token_that_is_no_longer_taken_is_fetched_anew() -> None:
    taken = ["Bearer 1", "Bearer 2"]
    given = iter(["1", "2"])

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization") == taken[0]:
            return TAGS
        challenge = f'Bearer realm="http://{giver.address}/"'
        return Reply(401, headers={"WWW-Authenticate": challenge})

    def give(asked: Asked) -> Reply:
        return Reply(body=json.dumps({"token": next(given)}).encode())

    with scripted(give) as giver, scripted(answer) as server, client(server) as registry:
        registry.tags("a")
        taken.pop(0)
        registry.tags("a")
        assert len(giver.asked) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda asked: Reply(401), Denied),
        (lambda asked: Reply(403), Denied),
        (gives(token="bad"), Denied),
        (gives(token="good\r\nX-More: 1"), NoRegistry),
        (gives(token=7), NoRegistry),
        (gives(), NoRegistry),
        (lambda asked: Reply(body=b"<html>"), NoRegistry),
        (lambda asked: Reply(body=b"x" * 65536, endless=True), NoRegistry),
        (lambda asked: Reply(302, headers={"Location": "http://127.0.0.1:1/"}), NoRegistry),
        (lambda asked: Reply(503), RegistryUnreachable),
    ],
)
def test_no_token_no_entry(answer: Callable[[Asked], Reply], kind: type[YggError]) -> None:
    with (
        scripted(answer) as giver,
        scripted(wanting(f"http://{giver.address}/")) as server,
        client(server) as registry,
    ):
        with pytest.raises(kind):
            registry.tags("a")
        again = QUICK.attempts if kind is RegistryUnreachable else 1
        assert len(giver.asked) == again


@pytest.mark.parametrize(
    ("realm", "kind", "said"),
    [
        ("http://tokens.example/", Denied, "sent to tokens.example over plain http"),
        ("ftp://127.0.0.1/", NoRegistry, "names no server that gives tokens"),
        ("", NoRegistry, "names no server"),
        ("http://[::1", NoRegistry, "names no server"),
        ("http://a:b@127.0.0.1/", NoRegistry, "names no server"),
    ],
)
def test_a_password_goes_nowhere_in_plain_text(realm: str, kind: type[YggError], said: str) -> None:
    with scripted(wanting(realm)) as server, client(server) as registry:
        with pytest.raises(kind, match=said):
            registry.tags("a")
        assert [one.headers.get("authorization") for one in server.asked] == [None]
