"""Our changes to Celery's pool, on a pool of its own kind that has no processes."""

from __future__ import annotations

import os
import select
import struct
from collections import Counter, deque
from types import SimpleNamespace
from typing import Any

import pytest
from celery.concurrency.asynpool import SCHED_STRATEGY_FAIR
from kombu.asynchronous.hub import Hub

from executors.prompt import PromptPool


class Idle:
    """A process of the pool that takes what it is given."""

    index = 0

    def __init__(self, inqueue: int) -> None:
        self.inqW_fd = inqueue
        self.pieces: list[bytes] = []

    def send_job_offset(self, content: memoryview, offset: int) -> int:
        self.pieces.append(bytes(content[offset:]))
        return len(content) - offset


@pytest.fixture
def pool() -> Any:
    found: Any = PromptPool.__new__(PromptPool)
    _, inqueue = os.pipe()
    found._fileno_to_inq = {inqueue: Idle(inqueue)}
    found._all_inqueues = {inqueue}
    found._fileno_to_synq = found._cache = {}
    found._active_writes, found._active_writers, found._busy_workers = set(), set(), set()
    found.outbound_buffer, found.write_stats = deque(), Counter()
    found.sched_strategy = SCHED_STRATEGY_FAIR
    found._create_write_handlers(Hub())
    return found


def give(pool: Any, number: int, content: str) -> list[bytes]:
    """What the one idle process has been written so far."""
    pool._cache[number] = SimpleNamespace(
        _accepted=False, _payload=None, _writer=None, _terminated=None, correlation_id=""
    )
    pool._quick_put((0, (number, 0, content, (), {})))
    [process] = pool._fileno_to_inq.values()
    pieces: list[bytes] = process.pieces
    return pieces


def test_a_small_task_is_written_at_once_and_in_one_piece(pool: Any) -> None:
    [piece] = give(pool, 1, "small")
    assert struct.unpack(">I", piece[:4]) == (len(piece) - 4,)
    assert not pool.outbound_buffer


def test_one_that_a_pipe_may_take_in_parts_is_written_as_celery_writes_it(pool: Any) -> None:
    length, body = give(pool, 1, "x" * select.PIPE_BUF)
    assert struct.unpack(">I", length) == (len(body),)


def test_the_next_one_waits_for_the_process_to_be_idle_again(pool: Any) -> None:
    give(pool, 1, "first")
    assert len(give(pool, 2, "second")) == 1
    assert len(pool.outbound_buffer) == 1
