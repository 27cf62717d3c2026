"""The streams: nothing before the group is skipped, nothing unacknowledged is forgotten."""

from __future__ import annotations

import redis

from tests.services import wait_until
from ygg import keys, stream
from ygg.stream import Entry, Reader
from ygg.task import EVENTS, Departed, Event


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


def test_the_log_stream_is_bounded_when_nobody_reads_it(client: redis.Redis) -> None:
    with client.pipeline(transaction=False) as pipe:
        for _ in range(stream.LOG_ENTRIES + 2000):
            stream.emit_logs(pipe, b"[]")
        pipe.execute()
    assert client.xlen(keys.LOGS) < stream.LOG_ENTRIES + 1000
