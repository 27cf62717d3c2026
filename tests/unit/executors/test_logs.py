from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from executors.logs import (
    BURST_SECONDS,
    CHUNK_BYTES,
    PROGRESS_LENGTH,
    Allowance,
    LogCollector,
    progress_pause,
)
from ygg.stream import LOG_ENTRY_BYTES, pack_logs
from ygg.task import LogChunk

RATE = 1024
BURST = RATE * BURST_SECONDS


def collector(limit_bytes: int = 1_000_000, rate: float = 1_000_000) -> LogCollector:
    return LogCollector("task", 1, limit_bytes=limit_bytes, allowance=Allowance(rate))


def text(chunks: list[LogChunk], stream: str = "stdout") -> str:
    return "".join(chunk.text for chunk in chunks if chunk.stream == stream)


def test_pieces_of_one_stream_travel_together() -> None:
    logs = collector()
    logs.write("stdout", b"one ")
    logs.write("stdout", b"two")
    logs.write("stderr", b"three")
    chunks = logs.take()
    assert [(chunk.stream, chunk.text) for chunk in chunks] == [
        ("stdout", "one two"),
        ("stderr", "three"),
    ]
    assert [chunk.sequence for chunk in chunks] == [1, 2]


def test_a_character_may_come_in_pieces() -> None:
    logs = collector()
    for byte in "grüße €".encode():
        logs.write("stdout", bytes([byte]))
    assert text(logs.take()) == "grüße €"


def test_what_is_no_text_is_replaced() -> None:
    logs = collector()
    logs.write("stdout", b"a\xff\x00b\xc3")
    assert text(logs.take() + logs.close()) == "a\ufffd\ufffdb\ufffd"


def test_the_limit_holds_and_the_rest_is_counted() -> None:
    logs = collector(limit_bytes=10)
    logs.write("stdout", b"123456")
    logs.write("stderr", b"123456")
    logs.write("stderr", b"123456")
    chunks = logs.take() + logs.close()
    assert text(chunks) + text(chunks, "stderr") == "1234561234"
    assert logs.summary().bytes == 18
    assert logs.summary().dropped_bytes == 8
    assert text(chunks, "ygg") == "8 bytes of log were dropped\n"
    assert sum(chunk.dropped_bytes for chunk in chunks) == 8


def test_an_allowance_is_shared_by_the_attempts_of_a_child() -> None:
    allowance = Allowance(RATE)
    kept = 0
    for number in range(5):
        logs = LogCollector(f"t{number}", 1, limit_bytes=10**6, allowance=allowance)
        logs.write("stdout", b"x" * BURST)
        kept += len(text(logs.close()))
    assert kept == BURST


def test_memory_does_not_grow_while_nothing_may_be_sent() -> None:
    allowance = Allowance(RATE)
    assert allowance.take(BURST)
    logs = LogCollector("task", 1, limit_bytes=10**9, allowance=allowance)
    for _ in range(100):
        logs.write("stdout", b"x" * BURST)
    assert logs.take() == []
    logs.close()
    assert logs.summary().dropped_bytes == 100 * BURST


def test_chunks_that_did_not_get_through_are_counted() -> None:
    logs = collector()
    logs.write("stdout", b"lost")
    logs.lost(logs.take())
    logs.write("stdout", b"kept")
    chunks = logs.close()
    assert text(chunks) == "kept"
    assert chunks[0].dropped_bytes == 4
    assert logs.summary().dropped_bytes == 4


def test_only_the_latest_progress_is_sent() -> None:
    logs = collector()
    logs.progress(0.1, "first")
    logs.progress(0.5, "second")
    assert [chunk.text for chunk in logs.take()] == ["50% second"]
    assert not logs.waiting
    logs.progress(7, "")
    assert [chunk.text for chunk in logs.close()] == ["100%"]


def test_progress_in_a_loop_is_told_rarely_and_the_last_of_it_at_the_end() -> None:
    logs = collector()
    told = []
    for number in range(1000):
        logs.progress(number / 1000, f"step {number}")
        told += logs.take()
    assert 1 <= len(told) < 100
    assert [chunk.text for chunk in logs.close()] == ["100% step 999"]


def test_progress_of_a_month_is_few_lines_and_never_old() -> None:
    seconds, lines = 0.0, 0
    while seconds < 30 * 24 * 3600:
        seconds += progress_pause(seconds)
        lines += 1
    assert lines < 1500
    assert progress_pause(3600) == 36


def test_progress_is_held_to_the_rate_of_logs_and_counted_when_it_is_dropped() -> None:
    allowance = Allowance(RATE)
    told = []
    for number in range(100):
        logs = LogCollector(f"t{number}", 1, limit_bytes=10**6, allowance=allowance)
        logs.progress(0.5, "x" * 2 * PROGRESS_LENGTH)
        told += [chunk for chunk in logs.close() if chunk.stream == "progress"]
    assert len(told) == BURST // PROGRESS_LENGTH
    assert logs.summary().dropped_bytes == PROGRESS_LENGTH


def test_a_flood_of_output_does_not_hide_progress() -> None:
    logs = collector(rate=RATE)
    logs.write("stdout", b"x" * BURST)
    logs.progress(0.5, "half")
    assert [chunk.text for chunk in logs.take() if chunk.stream == "progress"] == ["50% half"]


def test_what_no_text_can_hold_is_replaced() -> None:
    logs = collector()
    logs.note("cannot read \udcff.txt\n")
    logs.progress(0.5, "\udcff.txt")
    entries = pack_logs(logs.close())
    assert b"cannot read ?.txt" in entries[0]
    assert b"50% ?.txt" in entries[0]


writes = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=300)))


@given(writes, st.integers(min_value=0, max_value=2000))
def test_every_byte_is_kept_or_counted(written: list[tuple[str, bytes]], limit_bytes: int) -> None:
    logs = collector(limit_bytes=limit_bytes)
    for stream, data in written:
        logs.write("stdout" if stream == "stdout" else "stderr", data)
    chunks = logs.take() + logs.close()
    total = sum(len(data) for _, data in written)
    assert logs.summary().bytes == total
    assert logs.summary().dropped_bytes == max(0, total - limit_bytes)
    sequences = [chunk.sequence for chunk in chunks]
    assert sequences == sorted(set(sequences))


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=300).map(lambda data: data * 100),
            st.sampled_from([b"\x01", b"\xff", b'"', "\u20ac".encode()]).map(
                lambda one: one * 40_000
            ),
        ),
        max_size=5,
    ),
    st.text(max_size=20).map(lambda text: text * 3000),
)
def test_whatever_is_written_travels_in_entries_of_bounded_size(
    written: list[bytes], noted: str
) -> None:
    logs = collector(rate=10_000_000)
    for data in written:
        logs.write("stdout", data)
    logs.note(noted)
    chunks = logs.close()
    assert all(len(entry) <= LOG_ENTRY_BYTES for entry in pack_logs(chunks))
    assert sum(len(chunk.text) for chunk in chunks) <= sum(map(len, written)) + len(noted) + 50
    assert max((len(chunk.text) for chunk in chunks), default=0) <= CHUNK_BYTES + 3
