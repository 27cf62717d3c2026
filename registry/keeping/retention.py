"""Which images stay, which may go, and why: decided from what is there, before anything is done."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from registry.looking.stored import Stored
from registry.names import PREFIX
from registry.signatures.signing import tag_of_signatures
from registry.versions import LATEST, REVISION, is_passing, passing_since, version_of
from ygg.errors import BadInput

PUSH_TIME = datetime.timedelta(days=1)
"""Longer takes no push, and no two machines' clocks are as far apart."""
_NOBODY_KNOWS = "nobody could say what runs"


@dataclass(frozen=True)
class Decision:
    image: Stored
    stays: bool
    why: str


@dataclass(frozen=True)
class Rules:
    keep_last: int
    keep: tuple[str, ...] = ()
    """Globs of tags, or of `code-agent:0.2.*`."""
    in_use: Mapping[str, str] | None = None
    """What runs an image, by digest. Nothing: nobody could be asked."""
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))


def decided(images: Sequence[Stored], rules: Rules) -> list[Decision]:
    """Each once, with its signatures after it: they go and stay with what they sign."""
    signatures = [one for one in images if one.is_signature]
    others = [one for one in images if not one.is_signature]
    found = [_decide(one, others, rules) for one in others]
    stays = {(one.image.repository, _signed_at(one.image)): one.stays for one in found}
    return found + [_of_signature(one, stays, rules) for one in signatures]


def check_globs(globs: Sequence[str]) -> None:
    """A glob that can match no tag protects nothing, although somebody thinks that it does."""
    for one in globs:
        repository, _, tag = one.rpartition(":")
        if not tag or "/" in tag or repository.endswith("/"):
            raise BadInput(
                f"{one!r} matches no tag", field="registry.keep", allowed=["0.2.*", "code-agent:*"]
            )


def _decide(image: Stored, others: Sequence[Stored], rules: Rules) -> Decision:
    own = [one for one in others if one.repository == image.repository]
    for why in _reasons(image, own, rules):
        return Decision(image, True, why)
    return Decision(image, False, _old(image, rules))


def _reasons(image: Stored, own: Sequence[Stored], rules: Rules) -> Iterator[str]:
    if rules.in_use is None:
        yield _NOBODY_KNOWS
    elif user := rules.in_use.get(image.digest):
        yield user
    if image.is_leftover:
        if any(_is_recent(tag, rules) for tag in image.tags):
            yield "it may still be on its way in"
        return
    if LATEST in image.tags:
        yield "it is the latest"
    if kept := next((one for one in rules.keep if _matches(image, one)), None):
        yield f"{kept} is to be kept"
    if place := _place(image, own, _version, rules.keep_last):
        yield f"version {place} of the last {rules.keep_last}"
    if image.is_part:
        yield "it is part of another"
    elif named := [tag for tag in image.tags if not _is_ours(tag)]:
        yield f"somebody calls it {named[0]}"
    if all(map(_is_revision, image.tags)) and (
        place := _place(image, own, _revised, rules.keep_last)
    ):
        yield f"revision {place} of the last {rules.keep_last}"


def _place(
    image: Stored, own: Sequence[Stored], order: Callable[[Stored], object | None], last: int
) -> int | None:
    """Counted from the newest, if it is among so many."""
    ranked = [(order(one), one) for one in own]
    known = [(rank, one) for rank, one in ranked if rank is not None]
    known.sort(key=lambda pair: pair[0], reverse=True)  # type: ignore[arg-type,return-value]
    places = [one.digest for _, one in known[:last]]
    return places.index(image.digest) + 1 if image.digest in places else None


def _version(image: Stored) -> object | None:
    versions = [version_of(tag) for tag in image.tags if _is_version(tag)]
    return max(versions, default=None)


def _revised(image: Stored) -> object | None:
    if not image.tags or not all(map(_is_revision, image.tags)):
        return None
    return image.created or datetime.datetime.min.replace(tzinfo=datetime.UTC)


def _old(image: Stored, rules: Rules) -> str:
    if image.is_leftover:
        return "a push left it that did not end"
    if not image.tags:
        return "another image has its name, and nobody runs it"
    what = "revision" if all(map(_is_revision, image.tags)) else "version"
    return f"older than the last {rules.keep_last} {what}s, and nobody runs it"


def _of_signature(image: Stored, stays: Mapping[tuple[str, str], bool], rules: Rules) -> Decision:
    found = [stays.get((image.repository, tag)) for tag in image.tags]
    if any(found):
        return Decision(image, True, "it signs an image that stays")
    if rules.in_use is None:
        return Decision(image, True, _NOBODY_KNOWS)
    gone = "what it signs is gone" if None in found else "what it signs goes"
    return Decision(image, False, gone)


def _signed_at(image: Stored) -> str:
    return tag_of_signatures(image.digest)


def _matches(image: Stored, glob: str) -> bool:
    repository, _, tag = glob.rpartition(":")
    names = (image.repository, image.repository.removeprefix(PREFIX))
    is_here = not repository or any(fnmatchcase(name, repository) for name in names)
    return is_here and any(fnmatchcase(one, tag) for one in image.tags or ("",))


def _is_recent(tag: str, rules: Rules) -> bool:
    since = passing_since(tag)
    return since is not None and abs(rules.now - since) < PUSH_TIME


def _is_ours(tag: str) -> bool:
    return _is_version(tag) or _is_revision(tag) or is_passing(tag)


def _is_version(tag: str) -> bool:
    try:
        version_of(tag)
    except BadInput:
        return False
    return True


def _is_revision(tag: str) -> bool:
    return tag.startswith(REVISION)
