"""An error travels as a problem and comes back as the same error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.errors import (
    BadInput,
    BrokerUnreachable,
    Conflict,
    Denied,
    LedgerUnavailable,
    MissingExtra,
    NotFound,
    TaskFailed,
    UnknownLabel,
    Unreachable,
    YggError,
    from_problem,
)


def tree(root: type[YggError]) -> list[type[YggError]]:
    return [root, *(each for child in root.__subclasses__() for each in tree(child))]


ours = [kind for kind in tree(YggError) if kind.__module__ == "ygg.errors"]


@given(
    kind=st.sampled_from(ours),
    message=st.text(),
    field=st.none() | st.text(),
    allowed=st.none() | st.lists(st.text()),
    hint=st.none() | st.text(),
    line=st.none() | st.integers(1, 10**6),
)
def test_an_error_comes_back_as_it_went(
    kind: type[YggError],
    message: str,
    field: str | None,
    allowed: list[str] | None,
    hint: str | None,
    line: int | None,
) -> None:
    error = kind(message, field=field, allowed=allowed, hint=hint, line=line)
    back = from_problem(json.loads(json.dumps(error.problem())))
    assert type(back) is kind
    assert back.__dict__ == error.__dict__
    assert str(back) == message


def test_every_code_names_one_kind_of_error() -> None:
    codes = [kind.code for kind in ours]
    assert len(set(codes)) == len(codes)


def test_an_error_of_a_single_part_travels_as_what_it_is_a_kind_of() -> None:
    class Shut(Denied):
        """Without a code of its own."""

    back = from_problem(Shut("no").problem())
    assert (type(back), back.message) == (Denied, "no")


def test_an_error_of_a_later_version_is_still_an_error() -> None:
    error = from_problem({"code": "from_the_future", "message": "no"})
    assert type(error) is YggError
    assert error.message == "no"


@pytest.mark.parametrize(
    ("kind", "exit_code", "status"),
    [
        (YggError, 1, 500),
        (TaskFailed, 1, 500),
        (BadInput, 2, 422),
        (UnknownLabel, 2, 422),
        (Conflict, 2, 409),
        (MissingExtra, 2, 500),
        (NotFound, 3, 404),
        (Unreachable, 4, 503),
        (BrokerUnreachable, 4, 503),
        (LedgerUnavailable, 4, 503),
        (Denied, 5, 403),
    ],
)
def test_each_kind_has_its_exit_code_and_status(
    kind: type[YggError], exit_code: int, status: int
) -> None:
    assert (kind.exit_code, kind.http_status) == (exit_code, status)


def test_what_is_not_known_is_left_out() -> None:
    assert NotFound("gone").problem() == {"code": "not_found", "message": "gone"}
