"""Versions are ordered as semver says, and become tags."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.names import check_tag
from registry.versions import (
    Version,
    passing_since,
    passing_tag,
    revision_tag,
    tags_for,
    version_of,
    versions_among,
)
from ygg.errors import BadInput

ORDERED = (
    *("0.9.9", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1"),
    *("1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"),
    *("1.0.1", "1.2.0", "1.10.0", "2.0.0-rc.1"),
)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_they_are_ordered() -> None:
    assert [str(one) for one in sorted(map(version_of, reversed(ORDERED)))] == list(ORDERED)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "01.2.3",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3-a..b",
            "1.2.3 ",
            "1.2.x",
        ),
        *("-1.2.3", "1.2.3-ä", "1.2.3\n", "latest", "1.2.3-" + "a" * 200, "9999999999.0.0"),
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is no version"):
        version_of(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        *(("v0.2.0", "write 0.2.0"), ("V0.2.0", "write 0.2.0"), ("0.2", "write 0.2.0")),
        *(("v0.2", "write 0.2.0"), (" 0.2.0", "write 0.2.0"), ("1.0.0+7", "a tag cannot hold")),
    ],
)
def test_near_misses_are_told_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(BadInput) as refused:
        version_of(text)
    assert hint in (refused.value.hint or "")


NUMBER = st.integers(0, 10**9 - 1)
MARK = st.integers(0, 99).map(str) | st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True)


@given(NUMBER, NUMBER, NUMBER, st.lists(MARK, max_size=3))
def test_each_is_read_as_it_was_written_and_is_a_tag(
    major: int, minor: int, patch: int, before: list[str]
) -> None:
    version = Version(major, minor, patch, tuple(before))
    assert version_of(str(version)) == version
    check_tag(str(version))


def test_latest_goes_to_the_newest_release() -> None:
    assert tags_for(version_of("0.2.0"), COMMIT, []) == ["0.2.0", "latest", "git-0123456789ab"]
    there = ["0.2.0", "0.3.0", "latest", "git-aaaaaaaaaaaa"]
    assert tags_for(version_of("0.2.1"), COMMIT, there) == ["0.2.1", "git-0123456789ab"]
    assert tags_for(version_of("0.4.0-rc.1"), "", there) == ["0.4.0-rc.1"]
    trial = tags_for(version_of("0.4.0"), f"{COMMIT}-dirty", there)
    assert trial == ["0.4.0", "git-0123456789ab-dirty"]
    assert tags_for(version_of("0.4.0"), "", [*there, "0.4.0-rc.1"]) == ["0.4.0", "latest"]
    assert [str(one) for one in versions_among(there)] == ["0.3.0", "0.2.0"]


def test_a_revision_is_a_commit() -> None:
    with pytest.raises(BadInput, match="is no commit"):
        tags_for(version_of("0.2.0"), "main", [])
    assert revision_tag(f"{COMMIT}-dirty") == "git-0123456789ab-dirty"


def test_a_name_on_the_way_tells_since_when() -> None:
    at = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)
    tag = passing_tag(at)
    check_tag(tag)
    assert passing_since(tag) == at
    assert tag != passing_tag(at)
    for other in ("pushing-me", "0.2.0", f"{tag}x", tag.replace("0304", "1399")):
        assert passing_since(other) is None
