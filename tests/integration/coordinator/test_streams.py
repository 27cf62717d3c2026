"""The streams: nothing before the group is skipped, nothing unacknowledged is forgotten."""

from __future__ import annotations

import redis

from tests.services import wait_until
from ygg import keys, stream
from ygg.stream import Entry, Reader
from ygg.task import EVENTS, LOG_CHUNKS, Departed, Event, LogChunk


def said(number: int) -> Departed:
    return Departed(executor=f"e{number}", boot="b")


def emit(client: redis.Redis, *numbers: int) -> None:
    for number in numbers:
        stream.emit(client, stream.pack_events([said(number)]))


def heard(entries: list[Entry]) -> list[Event]:
    return [event for _, payload in entries for event in EVENTS.validate_json(payload)]


def reader(client: redis.Redis, name: str = "one") -> Reader:
    found = Reader(client, keys.OUTCOMES, name)
    found.make_group()
    return found


def acknowledge(client: redis.Redis, one: stream.Reader, entries: list[stream.Entry]) -> None:
    with client.pipeline(transaction=False) as pipe:
        one.acknowledge([entry for entry, _ in entries], pipe)
        pipe.execute()


def test_what_came_before_the_group_is_read(client: redis.Redis) -> None:
    emit(client, 1, 2)
    assert heard(reader(client).read(10, 0.01)) == [said(1), said(2)]


def test_a_quiet_stream_answers_in_time_with_nothing(client: redis.Redis) -> None:
    assert reader(client).read(10, 0.01) == []


def test_making_the_group_again_keeps_its_place(client: redis.Redis) -> None:
    emit(client, 1)
    reader(client).read(10, 0.01)
    emit(client, 2)
    assert heard(reader(client).read(10, 0.01)) == [said(2)]


def test_what_was_read_and_not_acknowledged_is_still_there_for_who_comes_back(
    client: redis.Redis,
) -> None:
    emit(client, 1, 2, 3)
    first = reader(client).read(2, 0.01)
    again = reader(client)
    assert heard(again.pending(10)) == [said(1), said(2)]
    acknowledge(client, again, first[:1])
    assert heard(again.pending(10)) == [said(2)]
    assert heard(again.read(10, 0.01)) == [said(3)]


def test_what_was_acknowledged_leaves_the_stream(client: redis.Redis) -> None:
    emit(client, 1, 2)
    one = reader(client)
    entries = one.read(1, 0.01)
    acknowledge(client, one, entries)
    assert client.xlen(keys.OUTCOMES) == 1


def test_two_readers_share_and_one_takes_over_what_the_other_left(client: redis.Redis) -> None:
    emit(client, 1, 2)
    one, two = reader(client, "one"), reader(client, "two")
    assert heard(one.read(1, 0.01)) == [said(1)]
    assert heard(two.read(10, 0.01)) == [said(2)]
    assert two.take_over(60, 10) == []
    taken: list[Entry] = []

    def left() -> bool:
        taken[:] = two.take_over(0.02, 10)
        return said(1) in heard(taken)

    wait_until(left, "the entry to have been idle for long enough")


def test_what_left_the_stream_unacknowledged_does_not_come_back(client: redis.Redis) -> None:
    emit(client, 1, 2, 3, 4)
    entries = reader(client).read(3, 0.01)
    client.xdel(keys.OUTCOMES, entries[0][0], entries[1][0])
    again = reader(client)
    assert heard(again.pending(2)) == [said(3)]
    assert client.xpending(keys.OUTCOMES, keys.GROUP)["pending"] == 1
    client.xdel(keys.OUTCOMES, entries[2][0])
    assert again.pending(2) == []
    assert client.xpending(keys.OUTCOMES, keys.GROUP)["pending"] == 0
    assert heard(again.read(10, 0.01)) == [said(4)]


def test_what_left_the_stream_is_not_taken_over(client: redis.Redis) -> None:
    emit(client, 1, 2)
    entries = reader(client, "one").read(2, 0.01)
    client.xdel(keys.OUTCOMES, entries[0][0])
    two = reader(client, "two")
    taken: list[Entry] = []

    def left() -> bool:
        taken[:] = two.take_over(0.02, 10)
        return bool(taken)

    wait_until(left, "the entries to have been idle for long enough")
    assert heard(taken) == [said(2)]
    assert client.xpending(keys.OUTCOMES, keys.GROUP)["pending"] == 1


def test_an_entry_of_somebody_else_is_handed_on_to_be_seen(client: redis.Redis) -> None:
    client.xadd(keys.OUTCOMES, {"what": "is this"})
    assert [payload for _, payload in reader(client).read(10, 0.01)] == [b""]


def test_the_log_stream_is_bounded_when_nobody_reads_it(client: redis.Redis) -> None:
    for _ in range(4):
        stream.emit_logs(client, [b"[]"] * (stream.LOG_ENTRIES // 2))
    assert client.xlen(keys.LOGS) < stream.LOG_ENTRIES + 200


def test_a_long_log_is_many_entries_each_of_bounded_size(client: redis.Redis) -> None:
    text = "\x01" * 8192
    chunks = [
        LogChunk(task_id="t", attempt=1, sequence=number, at=0.0, stream="stdout", text=text)
        for number in range(20)
    ]
    stream.emit_logs(client, stream.pack_logs(chunks))
    payloads = [fields[b"e"] for _, fields in client.xrange(keys.LOGS)]
    assert max(len(payload) for payload in payloads) <= stream.LOG_ENTRY_BYTES
    found = [chunk for payload in payloads for chunk in LOG_CHUNKS.validate_json(payload)]
    assert found == chunks
