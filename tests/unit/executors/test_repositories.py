"""Which URLs and refs a task may name: the schema and the model agree, and git takes no option."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue, TypeAdapter, ValidationError

from executors.checkouts.repositories import AUTHOR, BranchName, permit
from executors.handlers.git_branch import branch
from executors.sources import RepositorySettings, Source
from ygg.adapters.git import address_of
from ygg.errors import Denied

SCHEMA = jsonschema_rs.validator_for(Source.model_json_schema())


def fits(**params: str) -> bool:
    """As the coordinator sees it, and the executor."""
    try:
        Source.model_validate(params)
        model = True
    except ValidationError:
        model = False
    assert SCHEMA.is_valid(params) == model, params
    return model


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/me/site",
        "https://example.org:8443/~me/a%20b.git/",
        "http://[::1]:80/a",
        "ssh://git@example.org:22/me/site.git",
        "ssh://example.org/site",
        "ssh://example.org:65535/site",
        "git@github.com:me/site.git",
        "git@host:~/site",
        "file:///srv/git/site.git",
    ],
)
def test_urls(url: str) -> None:
    assert fits(repo=url)


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "site", "/srv/site", "../site", "-x", "--upload-pack=touch /tmp/x"),
        *("ext::sh -c 'touch /tmp/x'", "fd::17", "ftp://example.org/a", "HTTPS://example.org/a"),
        *("https://me:secret@example.org/a", "https://token@example.org/a"),
        *("ssh://git:secret@example.org/a", "ssh://-oProxyCommand=x/a", "ssh://git@-x/a"),
        *("git@-oProxyCommand=x:a", "-git@host:a", "git@host:-a", "git@host: a", "host:a"),
        *("ssh://host:99999/a", "https://host:65536/a", "ssh://host:0/a", "ssh://host:/a"),
        *("file://host/a", "file:a", "https://example.org", "https://example.org/a\n"),
        *("https://example.org/a b", "https://example.org/$(x)", "https://example.org/`x`"),
        *("https://example.org/\x00", "https://" + "a" * 2048 + "/a", "https://ex ample.org/a"),
    ],
)
def test_no_urls(url: str) -> None:
    assert not fits(repo=url)


@pytest.mark.parametrize(
    "ref", ["main", "v1.0", "feature/a-b", "refs/pull/1/head", "a" * 40, "HEAD", "grün", "@"]
)
def test_refs(ref: str) -> None:
    assert fits(repo="https://example.org/a", ref=ref)


@pytest.mark.parametrize(
    "ref",
    [
        *("", "-x", "--all", "a..b", "..", ".a", "a/.b", "a.", "a/", "/a", "a//b", "a b", "a\n"),
        *("a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{1}", "a\x7f", "a\x00", "a" * 256),
    ],
)
def test_no_refs(ref: str) -> None:
    assert not fits(repo="https://example.org/a", ref=ref)


@pytest.mark.parametrize("name", ["HEAD", "@", "a.lock", "a.lock/b", "-a", "a..b", "refs/heads/x"])
def test_no_branches(name: str) -> None:
    schema = jsonschema_rs.validator_for(TypeAdapter(BranchName).json_schema())
    assert schema.is_valid("topic/a")
    assert not schema.is_valid(name)


@pytest.mark.parametrize(
    ("params", "good"),
    [
        ({}, True),
        ({"action": "list"}, True),
        ({"name": "a"}, False),
        ({"action": "create", "name": "a", "start": "main"}, True),
        ({"action": "create", "name": "a", "to": None, "unmerged": False}, True),
        ({"action": "create"}, False),
        ({"action": "create", "name": "a", "to": "b"}, False),
        ({"action": "delete", "name": "a", "unmerged": True}, True),
        ({"action": "delete", "name": "a", "start": "main"}, False),
        ({"action": "rename", "name": "a", "to": "b"}, True),
        ({"action": "rename", "name": "a", "to": None}, False),
        ({"action": "rename", "name": "a", "to": "b", "unmerged": True}, False),
    ],
)
def test_a_branch_takes_what_its_action_has_a_use_for(
    params: dict[str, JsonValue], good: bool
) -> None:
    schema = jsonschema_rs.validator_for(branch.offer.params_schema)
    assert schema.is_valid({"repo": "site"} | params) == good


@pytest.mark.parametrize(
    ("author", "good"),
    [
        ("Ada <ada@example.org>", True),
        ("Ada L. <a>", False),
        ("Ünal B <a@b>", True),
        ("<a@b>", False),
        ("  <a@b>", False),
        (". <a@b>", False),
        ("A\nB <a@b>", False),
        ("A <a b>", False),
        ("A <b><c>", False),
    ],
)
def test_authors(author: str, good: bool) -> None:
    assert (re.search(AUTHOR, author) is not None) == good


def test_a_ref_needs_a_repository() -> None:
    assert not SCHEMA.is_valid({"ref": "main"})


@given(st.from_regex(Source.model_json_schema()["properties"]["repo"]["anyOf"][0]["pattern"]))
@example("file:///%00")
@example("ssh://host/%0a")
@example("file:///%ff")
@example("file:///a/%2e%2e/b")
def test_every_url_leads_somewhere_or_is_denied(url: str) -> None:
    if not fits(repo=url):
        return
    assert address_of(url).path
    for settings in (RepositorySettings(), RepositorySettings(allow_file=(Path("/srv"),))):
        with suppress(Denied):
            permit(url, settings)


@given(st.text(max_size=30))
def test_any_text_is_judged_alike(text: str) -> None:
    fits(repo=text)
    fits(repo="https://example.org/a", ref=text)
