from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from executors.logs import BURST_SECONDS, Allowance, LogCollector
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
    assert [chunk.text for chunk in logs.take()] == ["100%"]


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
