"""A broker that somebody else runs, and what may be said about it."""

import pytest
from redis import Redis

from ygg.embedded.outside_broker import trouble, without_password
from ygg.settings import load


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://huginn:6379/0", "redis://huginn:6379/0"),
        ("redis://:secret@huginn:6379/0", "redis://:***@huginn:6379/0"),
        ("redis://ada:secret@huginn", "redis://ada:***@huginn"),
        ("redis://secret@huginn", "redis://:***@huginn"),
        ("redis://:secret@secret/secret@huginn", "redis://:***@huginn"),
        ("redis://huginn?password=secret", "redis://huginn"),
        ("unix://:secret@/run/valkey.sock", "unix://:***@/run/valkey.sock"),
    ],
)
def test_a_password_is_never_said(url, said):
    assert without_password(url) == said


@pytest.fixture
def said_of(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return lambda url: trouble(load(redis_url=url))


def test_a_broker_that_answers_is_no_trouble(said_of, broker):
    assert said_of(broker.url) is None


def test_a_broker_that_does_not_is_named_without_its_password(said_of):
    said = said_of("redis://:secret@127.0.0.1:1/0")
    assert said.startswith("the broker at redis://:***@127.0.0.1:1/0 cannot be reached")
    assert "secret" not in said


def test_an_address_that_cannot_be_read_is_said_without_a_piece_of_the_password(said_of):
    said = said_of("redis://:se/cret@127.0.0.1:6379/0")
    assert "%-escapes" in said
    assert "cret" not in said.replace("***", "")


def test_a_wrong_password_is_said(said_of, broker):
    with Redis(port=broker.port) as client:
        client.config_set("requirepass", "right")
    said = said_of(broker.url.replace("redis://", "redis://:wrong@"))
    assert "cannot be reached" in said
    assert "wrong@" not in said
