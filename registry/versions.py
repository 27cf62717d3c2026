"""Versions of images, as semver.org orders them, and the tags that stand for them."""

from __future__ import annotations

import datetime
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import total_ordering

from ygg.errors import BadInput

LATEST = "latest"
REVISION = "git-"
"""Before the first digits of a commit: which source an image was made of."""
REVISION_DIGITS = 12
PASSING = "pushing-"
"""Before what an image is called on its way in, while it has no signature yet."""
_PASSING = re.compile(rf"{PASSING}(?P<at>[0-9]{{8}}T[0-9]{{6}})-[0-9a-f]{{16}}")
_PASSING_TIME = "%Y%m%dT%H%M%S"
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_MARK = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?:-(?P<before>{_MARK}(?:\.{_MARK})*))?"
)
_MOST = 100
DIRTY = "-dirty"
"""Behind a commit that something was changed after."""
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@total_ordering
@dataclass(frozen=True)
class Version:
    major: int
    minor: int
    patch: int
    before: tuple[str, ...] = ()
    """The marks of a version that comes before the release: `rc`, `1`."""

    def __str__(self) -> str:
        marks = f"-{'.'.join(self.before)}" if self.before else ""
        return f"{self.major}.{self.minor}.{self.patch}{marks}"

    def __lt__(self, other: Version) -> bool:
        return self._order < other._order

    @property
    def is_release(self) -> bool:
        return not self.before

    @property
    def _order(self) -> tuple[object, ...]:
        marks = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in self.before)
        return self.major, self.minor, self.patch, self.is_release, marks


def version_of(text: str) -> Version:
    found = _VERSION.fullmatch(text) if len(text) <= _MOST else None
    if found is None:
        raise BadInput(
            f"{text[:_MOST]!r} is no version",
            field="version",
            allowed=["MAJOR.MINOR.PATCH", "MAJOR.MINOR.PATCH-rc.1"],
            hint=_hint(text),
        )
    before = tuple(found["before"].split(".")) if found["before"] else ()
    return Version(int(found["major"]), int(found["minor"]), int(found["patch"]), before)


def versions_among(tags: Iterable[str]) -> list[Version]:
    """Those of the tags that are versions, newest first."""
    found = [version_of(tag) for tag in tags if len(tag) <= _MOST and _VERSION.fullmatch(tag)]
    return sorted(found, reverse=True)


def tags_for(version: Version, revision: str, there: Iterable[str]) -> list[str]:
    """What an image of that version is to be called, beside the tags that are there: `latest`
    goes to the newest release of a commit alone: not to an old one that is mended, or a trial."""
    newer = [one for one in versions_among(there) if one.is_release and one > version]
    tags = [str(version)]
    if version.is_release and not newer and not is_dirty(revision):
        tags.append(LATEST)
    if revision:
        tags.append(revision_tag(revision))
    return tags


def is_dirty(revision: str) -> bool:
    return revision.endswith(DIRTY)


def revision_tag(revision: str) -> str:
    commit = revision.removesuffix(DIRTY)
    if _COMMIT.fullmatch(commit) is None:
        raise BadInput(
            f"{revision[:_MOST]!r} is no commit", field="revision", allowed=["7 to 64 of 0-9a-f"]
        )
    return f"{REVISION}{commit[:REVISION_DIGITS]}{revision[len(commit) :]}"


def passing_tag(at: datetime.datetime) -> str:
    """For one push alone: two may run at once."""
    return f"{PASSING}{at.astimezone(datetime.UTC):{_PASSING_TIME}}-{secrets.token_hex(8)}"


def passing_since(tag: str) -> datetime.datetime | None:
    """Nothing of a tag that is meant to stay."""
    found = _PASSING.fullmatch(tag)
    try:
        return datetime.datetime.fromisoformat(f"{found['at']}+00:00") if found else None
    except ValueError:
        return None


def is_passing(tag: str) -> bool:
    return passing_since(tag) is not None


def _hint(text: str) -> str | None:
    if "+" in text:
        return "a tag cannot hold what stands behind +; the revision says what it was built of"
    bare = text.strip()[:_MOST].removeprefix("v").removeprefix("V")
    for meant in (bare, f"{bare}.0"):
        if meant != text and _VERSION.fullmatch(meant):
            return f"write {meant}"
    return None
