"""Events are the same however the bytes that bring them are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.errors import YggError
from ygg.models.sse import MOST_BYTES, Events

STREAM = (
    'data: {"a": "\u2028 \x85 ö 🌳"}\r\n\r\n: a ping\n\nevent: x\ndata: one\ndata: two\n\n'
    "data:\n\nid: 7\r\rdata: [DONE]\r\r\n"
).encode()
SAID = ['{"a": "\u2028 \x85 ö 🌳"}', "one\ntwo", "", "[DONE]"]


def told(pieces: list[bytes]) -> list[str]:
    events = Events()
    return [event for piece in pieces for event in events.feed(piece)] + events.end()


@given(st.lists(st.integers(0, len(STREAM))))
def test_a_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in itertools.pairwise(places)]
    assert told(pieces) == SAID


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_at_all_are_read_alike_whole_and_cut(content: bytes, cut: int) -> None:
    assert told([content]) == told([content[:cut], content[cut:]])


def test_an_event_that_nobody_ended_is_not_lost() -> None:
    assert told([b"data: last"]) == ["last"]


def test_an_event_without_an_end_does_not_fill_the_memory() -> None:
    events = Events()
    line = b"data: " + b"x" * (MOST_BYTES // 2) + b"\n"
    assert events.feed(line) == []
    with pytest.raises(YggError):
        events.feed(line + line)
