"""Image names: what a person types, what a registry takes, and nothing else."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.names import FAMILIES, ImageName, built_here, family_of, image_of
from ygg.errors import BadInput

HERE = "fleet.example:7450"
DIGEST = "sha256:" + "5" * 64


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("executor", f"{HERE}/ygg-executor"),
        ("executor:0.2.0", f"{HERE}/ygg-executor:0.2.0"),
        ("ygg-executor:0.2.0", f"{HERE}/ygg-executor:0.2.0"),
        (f"code-agent@{DIGEST}", f"{HERE}/ygg-code-agent@{DIGEST}"),
        ("tools/lint:1", f"{HERE}/tools/lint:1"),
        ("localhost/mine:1", "localhost/mine:1"),
        ("10.0.0.7:5000/ygg-base:1", "10.0.0.7:5000/ygg-base:1"),
        ("[fd00::1]:5000/ygg-base:1", "[fd00::1]:5000/ygg-base:1"),
    ],
)
def test_what_a_person_types(typed: str, whole: str) -> None:
    assert str(image_of(typed, HERE)) == whole


def test_it_is_told_as_it_would_be_typed() -> None:
    assert image_of("ygg-executor:0.2.0", HERE).short == "executor:0.2.0"
    assert image_of("ygg-mine:1", HERE).short == "ygg-mine:1"
    assert image_of(f"executor:1@{DIGEST}", HERE).reference == DIGEST
    assert image_of("executor", HERE).reference == "latest"


def test_a_machine_is_told_the_digest() -> None:
    named = image_of("executor:0.2.0", HERE)
    assert str(named.pinned(DIGEST)) == f"{HERE}/ygg-executor@{DIGEST}"
    assert str(named.pinned(DIGEST).tagged("latest")) == f"{HERE}/ygg-executor:latest"


@pytest.mark.parametrize(
    "typed",
    [
        *("", ":", "@", "executor:", "executor@", ":0.2.0", f"@{DIGEST}", "Executor:1"),
        *("executor:0.2.0+build", "executor: 1", "executor:1\n", "executor@sha256:12", "a//b"),
        *("-a", "a-", "a..b", "a___b", "../etc", "a/../b", f"{'a' * 300}:1", f"a:{'1' * 129}"),
        *("host:99999/a", "host:/a", "a.b/", "http://host/a", "a:1:2", "executor@sha512:00"),
    ],
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        image_of(typed, HERE)


PART = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
REPOSITORY = st.lists(PART, min_size=1, max_size=4).map("/".join)
TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,40}", fullmatch=True)
HOST = st.sampled_from(["localhost", "10.0.0.7", "fleet.example", HERE, "[fd00::1]:5000"])


@given(HOST, REPOSITORY, st.none() | TAG, st.none() | st.just(DIGEST))
def test_a_whole_name_is_read_as_it_was_written(
    host: str, repository: str, tag: str | None, digest: str | None
) -> None:
    name = ImageName(host, repository, tag, digest)
    again = image_of(str(name), "elsewhere.example")
    wanted = f"ygg-{repository}" if repository in FAMILIES else repository
    assert again == ImageName(host, wanted, tag, digest)
    assert image_of(again.short, again.registry) == again


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    """What is taken can be a word of a command line, and a path in a URL."""
    try:
        name = str(image_of(text, HERE))
    except BadInput:
        return
    assert name.isprintable()
    assert not set(name) & set(" \"'\\?#%&|;$<>")
    assert ".." not in name
    assert not name.startswith("-")


def test_a_family_that_is_misspelt_is_told_the_nearest() -> None:
    assert family_of("ygg-executor") == "executor"
    with pytest.raises(BadInput, match="no image 'exeuctor'") as refused:
        family_of("exeuctor")
    assert refused.value.hint == "did you mean executor?"


def test_what_is_built_here_is_called_as_podman_calls_it() -> None:
    assert str(built_here("executor", "0.2.0")) == "localhost/ygg-executor:0.2.0"
