"""What travels between coordinator and executors survives the trip, and images of other ages."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.wire import KINDS, RECORDED, said
from ygg import __version__
from ygg.stream import pack_events, pack_logs, unpack
from ygg.task import (
    EVENTS,
    LOG_CHUNKS,
    Announced,
    Announcement,
    BlobRef,
    Departed,
    DrainOrder,
    Ending,
    Envelope,
    Event,
    Finished,
    Heartbeat,
    Limits,
    LogChunk,
    Message,
    NamedBlob,
    Offer,
    Outcome,
    Retry,
    Started,
    Verdict,
    Wire,
)
from ygg.versions import why_refused

text = st.text(max_size=20)
whole = st.integers(1, 2**31 - 1)
times = st.floats(0, 2**33)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
params = st.dictionaries(text, json_values, max_size=3)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
blobs = st.builds(BlobRef, sha256=digests, size_bytes=whole, inline_base64=st.none() | text)
named = st.builds(NamedBlob, path=text, blob=blobs)
limits = st.builds(Limits, soft_seconds=st.floats(1, 9e5), hard_seconds=st.floats(1, 9e5))
tags = st.frozensets(text, max_size=2)
retries = st.builds(
    Retry,
    on=st.lists(st.sampled_from(Ending), max_size=3).map(tuple),
    max_attempts=st.integers(1, 100),
    backoff_seconds=st.floats(0, 1e4),
)
outcomes = st.builds(
    Outcome,
    ending=st.sampled_from(Ending),
    reason=text,
    result=json_values,
    warnings=st.lists(text, max_size=2).map(tuple),
    artifacts=st.lists(named, max_size=2).map(tuple),
    verdict=st.none() | st.sampled_from(Verdict),
    tier=st.sampled_from([None, 1, 2, 3]),
    cause=st.sampled_from(["", "broker", "drain", "not_offered", "unavailable"]),
    started_at=st.none() | times,
)
offers = st.builds(
    Offer,
    label=text,
    params_schema=params,
    examples=st.lists(params, max_size=2).map(tuple),
    tier=st.sampled_from([None, 1, 2, 3]),
    limits=limits,
    retry=retries,
    needs=tags,
)
announcements = st.builds(
    Announcement,
    executor=text,
    boot=text,
    machine=text,
    version=text,
    queues=st.lists(text, max_size=3).map(tuple),
    concurrency=st.integers(1, 64),
    tags=tags,
    offers=st.lists(offers, max_size=2).map(tuple),
)
finished = st.builds(
    Finished,
    task_id=text,
    attempt=whole,
    executor=text,
    boot=text,
    spool=text,
    outcome=outcomes,
)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Announced, announcement=announcements),
    st.builds(Departed, executor=text, boot=text),
    st.builds(Started, task_id=text, attempt=whole, executor=text, at=times),
    finished,
)
envelopes = st.builds(
    Envelope,
    task_id=text,
    attempt=whole,
    label=text,
    title=text,
    params=params,
    inputs=st.lists(named, max_size=2).map(tuple),
    requires=tags,
    limits=limits,
)
messages = st.builds(
    Message,
    expires_at_ms=whole,
    epoch=text,
    envelopes=st.lists(envelopes, min_size=1, max_size=3).map(tuple),
)
chunks = st.builds(
    LogChunk,
    task_id=text,
    attempt=whole,
    sequence=whole,
    at=times,
    stream=st.sampled_from(["stdout", "stderr", "ygg", "progress"]),
    text=text,
    dropped_bytes=st.integers(0, 2**40),
)
beats = st.builds(
    Heartbeat,
    executor=text,
    boot=text,
    at=times,
    running=whole,
    draining=st.booleans(),
    resting=st.booleans(),
)
orders = st.builds(DrainOrder, order=text, seconds=times)
VERSIONS = sorted(
    folder.name for folder in RECORDED.iterdir() if not why_refused(folder.name, __version__)
)
"""Whose words are recorded, and who works together with ours."""
across = pytest.mark.parametrize("version", VERSIONS)


@given(messages)
def test_a_message_comes_as_it_was_sent(message: Message) -> None:
    assert Message.model_validate_json(message.model_dump_json()) == message


@given(st.lists(events, max_size=4))
def test_events_come_as_they_were_sent(sent: list[Event]) -> None:
    assert EVENTS.validate_json(pack_events(sent)) == tuple(sent)


@given(st.lists(chunks, max_size=4))
def test_log_chunks_come_as_they_were_sent(sent: list[LogChunk]) -> None:
    found = [chunk for entry in pack_logs(sent) for chunk in LOG_CHUNKS.validate_json(entry)]
    assert found == sent


@given(messages | finished | announcements | beats | orders)
def test_keys_of_a_later_version_are_ignored_at_every_depth(sent: Wire) -> None:
    with_more = _add_keys(json.loads(sent.model_dump_json()))
    assert type(sent).model_validate_json(json.dumps(with_more)) == sent


def _add_keys(value: Any, name: str = "") -> Any:
    """An unknown key in every object of the contract; not in those whose keys are free."""
    if isinstance(value, dict) and name not in ("params", "params_schema", "examples", "result"):
        known = {key: _add_keys(inner, key) for key, inner in value.items()}
        return known | {"of a later version": [1, {"x": None}]}
    if isinstance(value, list) and name not in ("examples", "result"):
        return [_add_keys(inner, name) for inner in value]
    return value


def test_a_version_that_works_with_ours_is_recorded() -> None:
    assert VERSIONS


@across
@pytest.mark.parametrize("kind", KINDS)
def test_all_that_another_version_says_is_understood(version: str, kind: str) -> None:
    for message in recorded(version, kind)["said"]:
        understood = KINDS[kind].validate_json(json.dumps(message))
        assert _has(json.loads(KINDS[kind].dump_json(understood)), message)
        with_more = json.dumps(_add_keys(message))
        assert KINDS[kind].validate_json(with_more) == understood


@across
@pytest.mark.parametrize("kind", KINDS)
def test_all_that_ours_can_say_is_read_by_another_version(version: str, kind: str) -> None:
    for message in said()[kind]:
        assert_read(version, kind, message)


@across
@given(messages)
def test_any_message_is_read_by_another_version(version: str, message: Message) -> None:
    assert_read(version, "message", message)


@across
@given(st.lists(events, max_size=4).map(tuple))
def test_any_events_are_read_by_another_version(version: str, some: tuple[Event, ...]) -> None:
    assert_read(version, "events", some)


@across
@given(chunks, beats, orders)
def test_whatever_else_is_said_is_read_by_another_version(
    version: str, chunk: LogChunk, beat: Heartbeat, order: DrainOrder
) -> None:
    assert_read(version, "log-chunks", (chunk,))
    assert_read(version, "heartbeat", beat)
    assert_read(version, "drain-order", order)


@cache
def recorded(version: str, kind: str) -> Any:
    return json.loads((RECORDED / version / f"{kind}.json").read_text())


def assert_read(version: str, kind: str, message: object) -> None:
    """By the schema that the version read with."""
    jsonschema_rs.validate(
        recorded(version, kind)["reads"], json.loads(KINDS[kind].dump_json(message))
    )


def _has(whole: Any, part: Any) -> bool:
    """All that the part says, and perhaps more keys."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _has(whole[key], inner) for key, inner in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(whole) == len(part) and all(map(_has, whole, part))
    return bool(whole == part)


def test_what_an_earlier_version_left_out_takes_its_default() -> None:
    found = Message.model_validate_json(
        '{"expires_at_ms": 1, "envelopes": [{"task_id": "t", "attempt": 1, "label": "dev-echo"}]}'
    )
    assert found.epoch == ""
    assert found.envelopes[0] == Envelope(task_id="t", attempt=1, label="dev-echo")


def test_an_event_of_an_unknown_kind_cannot_be_read() -> None:
    with pytest.raises(ValidationError):
        EVENTS.validate_json('[{"kind": "exploded"}]')


@given(
    st.lists(events, max_size=3),
    st.lists(events, max_size=3),
    json_values | st.just({"kind": "finished", "task_id": "t", "attempt": 1}),
)
def test_what_cannot_be_read_spoils_nothing_else_of_its_entry(
    before: list[Event], after: list[Event], odd: Any
) -> None:
    said = [EVENTS.dump_python((event,), mode="json")[0] for event in before]
    more = [EVENTS.dump_python((event,), mode="json")[0] for event in after]
    found, spoilt = unpack(json.dumps([*said, odd, *more]).encode(), EVENTS)
    assert found == [*before, *after]
    assert [json.loads(one.payload) for one in spoilt] == [odd]
    assert spoilt[0].fields == (odd if isinstance(odd, dict) else {})


@given(st.binary(max_size=200) | st.sampled_from([b"[" * 10**5, b"[1e999]", b"[" + b"9" * 5000]))
def test_an_entry_of_any_bytes_can_be_put_aside(payload: bytes) -> None:
    found, spoilt = unpack(payload, EVENTS)
    assert found or spoilt or json.loads(payload) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_a_validation_error(payload: bytes) -> None:
    readers: list[TypeAdapter[Any]] = [EVENTS, LOG_CHUNKS]
    for reader in readers:
        try:
            reader.validate_json(payload)
        except ValidationError:
            continue


def test_an_attempt_counts_from_one() -> None:
    with pytest.raises(ValidationError):
        Envelope(task_id="t", attempt=0, label="dev-echo")


def test_what_travels_cannot_be_changed() -> None:
    sent = Departed(executor="a", boot="b")
    with pytest.raises(ValidationError, match="frozen"):
        sent.executor = "c"  # type: ignore[misc]
