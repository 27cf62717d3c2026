"""What is pruned, and above all what is not."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.keeping.retention import Rules, check_globs, decided
from registry.looking.stored import Stored
from registry.signatures.signing import tag_of_signatures
from registry.versions import passing_tag
from ygg.errors import BadInput

NEW_YEAR = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def image(number: int, *tags: str, repository: str = "ygg-executor") -> Stored:
    return Stored(repository, digest(number), tags, NEW_YEAR + datetime.timedelta(days=number))


def told(images: list[Stored], **rules: object) -> dict[str, str]:
    """By tag: why it stays, or `-` and why it goes."""
    found = decided(images, Rules(**{"keep_last": 2, "in_use": {}, **rules}))  # type: ignore[arg-type]
    return {
        one.image.tags[0] if one.image.tags else "": ("" if one.stays else "- ") + one.why
        for one in found
    }


OLD = "- older than the last 2 versions, and nobody runs it"


def test_the_last_versions_stay_whatever_the_order_they_came_in() -> None:
    images = [image(1, "0.10.0"), image(2, "0.9.0"), image(3, "0.2.0"), image(4, "0.2.1")]
    assert told(images) == {
        "0.10.0": "version 1 of the last 2",
        "0.9.0": "version 2 of the last 2",
        "0.2.0": OLD,
        "0.2.1": OLD,
    }


def test_versions_are_counted_for_each_image_by_itself() -> None:
    images = [image(1, "0.1.0"), *(image(n, f"0.{n}.0", repository="ygg-base") for n in (2, 3))]
    assert not [why for why in told(images).values() if why.startswith("-")]


def test_what_runs_stays() -> None:
    images = [image(number, f"0.{number}.0") for number in range(1, 5)]
    found = told(images, in_use={digest(1): "fenrir runs it"})
    assert (found["0.1.0"], found["0.2.0"]) == ("fenrir runs it", OLD)


def test_nothing_goes_while_nobody_can_say_what_runs() -> None:
    images = [image(number, f"0.{number}.0") for number in range(1, 5)]
    assert set(told(images, in_use=None).values()) == {"nobody could say what runs"}


def test_latest_names_and_globs_stay() -> None:
    images = [image(number, f"0.{number}.0") for number in range(4, 7)]
    images += [image(1, "0.1.0", "latest"), image(2, "0.2.0"), image(3, "0.3.0", "matts")]
    found = told(images, keep=("executor:0.2.*",))
    assert found["0.1.0"] == "it is the latest"
    assert found["0.2.0"] == "executor:0.2.* is to be kept"
    assert found["0.3.0"] == "somebody calls it matts"
    assert found["0.4.0"] == OLD


def test_revisions_without_a_version_are_counted_by_age() -> None:
    images = [image(number, f"git-{number:012x}") for number in (3, 1, 2)]
    assert told(images) == {
        "git-000000000003": "revision 1 of the last 2",
        "git-000000000002": "revision 2 of the last 2",
        "git-000000000001": "- older than the last 2 revisions, and nobody runs it",
    }


def test_signatures_go_with_what_they_sign() -> None:
    images = [image(number, f"0.{number}.0") for number in (1, 2, 3)]
    images += [image(90 + number, tag_of_signatures(digest(number))) for number in (1, 2, 9)]
    found = told(images)
    assert found[tag_of_signatures(digest(1))] == "- what it signs goes"
    assert found[tag_of_signatures(digest(2))] == "it signs an image that stays"
    assert found[tag_of_signatures(digest(9))] == "- what it signs is gone"
    unknown = told(images, in_use=None)
    assert unknown[tag_of_signatures(digest(9))] == "nobody could say what runs"


def test_what_another_took_the_name_of_goes_unless_it_runs_or_is_part_of_one() -> None:
    assert told([image(1)]) == {"": "- another image has its name, and nobody runs it"}
    assert told([image(1)], in_use={digest(1): "fenrir runs it"}) == {"": "fenrir runs it"}
    assert told([image(1)], keep=("executor:*",)) == {"": "executor:* is to be kept"}
    assert told([image(1)], keep=("executor:0.*",))[""].startswith("-")
    assert told([replace(image(1), is_part=True)]) == {"": "it is part of another"}


def test_what_a_push_left_goes_after_a_day() -> None:
    begun = image(1, passing_tag(NEW_YEAR))
    (tag,) = begun.tags
    hour, day = datetime.timedelta(hours=1), datetime.timedelta(days=1)
    assert told([begun], now=NEW_YEAR + hour) == {tag: "it may still be on its way in"}
    left = {tag: "- a push left it that did not end"}
    assert told([begun], now=NEW_YEAR + day) == left
    assert told([begun], now=NEW_YEAR + day, keep=("executor:*",)) == left


@pytest.mark.parametrize("glob", ["", "executor:", "a/b", "executor/:1"])
def test_a_glob_that_protects_nothing_is_refused(glob: str) -> None:
    with pytest.raises(BadInput, match="matches no tag"):
        check_globs([glob])
    check_globs(["0.2.*", "code-agent:*", "tools/lint:1"])


VERSIONS = st.lists(
    st.tuples(*[st.integers(0, 9)] * 3).map(lambda parts: ".".join(map(str, parts))),
    unique=True,
    max_size=12,
)


@given(VERSIONS, st.integers(1, 5), st.sets(st.integers(0, 11)))
def test_as_many_as_were_promised_stay(versions: list[str], last: int, used: set[int]) -> None:
    images = [image(number, version) for number, version in enumerate(versions)]
    in_use = {digest(number): "it runs" for number in used}
    found = decided(images, Rules(keep_last=last, in_use=in_use))
    stays = {one.image.digest for one in found if one.stays}
    newest = sorted(images, key=lambda one: tuple(map(int, one.tags[0].split("."))))[-last:]
    assert stays == {one.digest for one in newest} | ({one.digest for one in images} & set(in_use))
