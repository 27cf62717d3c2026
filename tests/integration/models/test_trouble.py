"""Whatever a server does instead of answering is one of our errors, and tells no key."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.canned_server import CannedServer, canned
from ygg.errors import BadInput, Denied, ModelUnreachable, UnknownModel, YggError
from ygg.machine_settings import ModelSettings
from ygg.models.connect import connect
from ygg.models.port import Chat, Message, Reply

KEY = "sk-do-not-tell-anybody"
ADAPTERS = ("ollama", "openai")
LISTED = b'{"data": [{"id": "m"}], "models": [{"model": "m"}]}'


def ask(adapter: str, server: CannedServer, **more: object) -> Reply:
    settings = ModelSettings.model_validate(
        {"adapter": adapter, "url": server.url, "api_key": SecretStr(KEY), "model": "m"} | more
    )
    model = connect(settings)
    try:
        return model.chat(Chat((Message("user", "hello"),)))
    finally:
        model.close()


def error_of(adapter: str, server: CannedServer, **more: object) -> YggError:
    with pytest.raises(YggError) as found:
        ask(adapter, server, **more)
    assert KEY not in f"{found.value.message} {found.value.hint}"
    return found.value


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", Denied),
        ("403 Forbidden", Denied),
        ("429 Too Many Requests", ModelUnreachable),
        ("502 Bad Gateway", ModelUnreachable),
        ("503 Service Unavailable", ModelUnreachable),
        ("500 Internal Server Error", YggError),
    ],
)
def test_a_status_says_whether_to_come_back(
    adapter: str, status: str, kind: type[YggError]
) -> None:
    body = b'{"error": {"message": "no, not with %s"}}' % KEY.encode()
    with canned(status, body) as server:
        assert type(error_of(adapter, server)).__mro__.index(kind) <= 1
        assert f"authorization: bearer {KEY}" in server.requests[0].decode().lower()


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b'"text"', b"{", b"{}", b"\xff"])
def test_a_server_of_another_kind_is_told_apart(adapter: str, body: bytes) -> None:
    with canned("200 OK", body) as server:
        found = error_of(adapter, server)
    assert not isinstance(found, ModelUnreachable)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error": ["odd"]}', b'"text"', b"\xff", b""])
def test_a_refusal_may_have_any_form(adapter: str, body: bytes) -> None:
    with canned("500 Internal Server Error", body) as server:
        assert not isinstance(error_of(adapter, server), ModelUnreachable)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_server_that_hangs_up_in_the_middle_is_away(adapter: str) -> None:
    with canned("200 OK", LISTED, length=len(LISTED) + 1) as server:
        assert isinstance(error_of(adapter, server), ModelUnreachable)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_server_that_says_nothing_is_given_up(adapter: str) -> None:
    with canned("200 OK", b"", hold=True) as server:
        found = error_of(adapter, server, silent_seconds=0.2)
    assert "said nothing for 0.2 s" in found.message
    assert not isinstance(found, ModelUnreachable)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_another_model_than_those_there_is_refused(adapter: str) -> None:
    with canned("200 OK", LISTED) as server:
        assert isinstance(error_of(adapter, server, model="other"), UnknownModel)


@pytest.mark.parametrize("adapter", [*ADAPTERS, "embedded"])
@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:x/", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none_is_refused(adapter: str, url: str) -> None:
    with pytest.raises(BadInput) as refused:
        connect(ModelSettings.model_validate({"adapter": adapter, "url": url}))
    assert refused.value.field == "models.url"
