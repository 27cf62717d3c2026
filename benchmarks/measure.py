"""One subject, measured: every subject goes through exactly these steps."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

from benchmarks.subject import Handle, Subject
from benchmarks.wait import BenchmarkError, wait_until

FIRST_TASKS = 20
WARM_UP_TASKS = 80
FEWEST_TASKS = 40
WARM_UP_TIMEOUT_SECONDS = 60
RESULT_TIMEOUT_SECONDS = 30
SLOWEST_TASKS_PER_SECOND = 10
LOOK_INTERVAL_SECONDS = 0.005
# Results are looked for a window at a time, so that looking costs the server next to nothing
# and yet every result is seen once.
LOOK_WINDOW = 200


@dataclass(frozen=True)
class Plan:
    tasks: int
    """Submitted in bulk, and then consumed, in each round: the most, and fewer where a subject
    would be busy with them for longer than `round_seconds`."""
    round_seconds: float
    singles: int
    """Submitted one by one in each round, and consumed with the rest."""
    latencies: int
    """Submitted and waited for, one at a time, in each round."""
    rounds: int

    def bulk_tasks(self, tasks_per_second: float) -> int:
        in_time = int(tasks_per_second * self.round_seconds)
        return min(self.tasks, max(in_time, FEWEST_TASKS))


@dataclass(frozen=True)
class Round:
    submit_seconds: list[float]
    bulk_tasks_per_second: float
    consume_tasks_per_second: float
    result_seconds: list[float]


@dataclass(frozen=True)
class Measurement:
    name: str
    version: str
    delivery: str
    settings: str
    idle_memory_bytes: int
    bulk_tasks: int
    rounds: list[Round]
    remarks: list[str] = field(default_factory=list)


async def measure(subject: Subject[Handle], plan: Plan, tell: Callable[[str], None]) -> Measurement:
    try:
        tell("starting")
        await subject.start()
        await run_through(subject, FIRST_TASKS)
        rate = await run_through(subject, WARM_UP_TASKS)
        memory = memory_bytes(subject.processes())
        bulk_tasks = plan.bulk_tasks(rate)
        rounds = []
        for number in range(1, plan.rounds + 1):
            tell(f"round {number} of {plan.rounds}")
            rounds.append(await one_round(subject, plan, bulk_tasks))
        return Measurement(
            name=subject.name,
            version=subject.version,
            delivery=subject.delivery,
            settings=subject.settings,
            idle_memory_bytes=memory,
            bulk_tasks=bulk_tasks,
            rounds=rounds,
            remarks=list(subject.remarks()),
        )
    finally:
        await subject.stop()


async def run_through(subject: Subject[Handle], count: int) -> float:
    """Tasks a second, roughly: submitting and consuming them at once."""
    payloads = [f"warm-up {number}" for number in range(count)]
    began = time.perf_counter()
    handles = await subject.submit_bulk(payloads)
    await all_finished(subject, handles, WARM_UP_TIMEOUT_SECONDS)
    rate = count / (time.perf_counter() - began)
    await check_results(subject, handles, payloads)
    return rate


async def one_round(subject: Subject[Handle], plan: Plan, bulk_tasks: int) -> Round:
    payloads = [f"task {number}" for number in range(plan.singles + bulk_tasks)]
    await subject.hold()

    handles: list[Handle] = []
    submit_seconds = []
    for payload in payloads[: plan.singles]:
        began = time.perf_counter()
        handle = await subject.submit(payload)
        submit_seconds.append(time.perf_counter() - began)
        handles.append(handle)

    began = time.perf_counter()
    handles += await subject.submit_bulk(payloads[plan.singles :])
    bulk_seconds = time.perf_counter() - began

    began = time.perf_counter()
    await subject.release()
    timeout = RESULT_TIMEOUT_SECONDS + len(handles) / SLOWEST_TASKS_PER_SECOND
    await all_finished(subject, handles, timeout)
    consume_seconds = time.perf_counter() - began

    await check_results(subject, handles, payloads)
    return Round(
        submit_seconds=submit_seconds,
        bulk_tasks_per_second=bulk_tasks / bulk_seconds,
        consume_tasks_per_second=len(handles) / consume_seconds,
        result_seconds=await submit_to_result_seconds(subject, plan.latencies),
    )


async def submit_to_result_seconds(subject: Subject[Handle], count: int) -> list[float]:
    seconds = []
    for number in range(count + 1):
        payload = f"single {number}"
        began = time.perf_counter()
        value = await subject.submit_for_result(payload, RESULT_TIMEOUT_SECONDS)
        seconds.append(time.perf_counter() - began)
        check_value(subject, value, payload)
    # The first finds a worker that may have slowed its polling while results were checked.
    return seconds[1:]


async def all_finished(
    subject: Subject[Handle], handles: Sequence[Handle], timeout_seconds: float
) -> None:
    seen = 0

    async def none_left() -> bool:
        nonlocal seen
        while window := handles[seen : seen + LOOK_WINDOW]:
            if await subject.finished(window) < len(window):
                return False
            seen += len(window)
        return True

    what = f"{subject.name} has the results of {len(handles)} tasks"
    await wait_until(none_left, what, timeout_seconds, LOOK_INTERVAL_SECONDS)


async def check_results(
    subject: Subject[Handle], handles: Sequence[Handle], payloads: Sequence[str]
) -> None:
    for handle, payload in zip(handles, payloads, strict=True):
        check_value(subject, await subject.result(handle, RESULT_TIMEOUT_SECONDS), payload)


def check_value(subject: Subject[Handle], value: str, payload: str) -> None:
    if value != payload:
        raise BenchmarkError(f"{subject.name} returned {value!r} for {payload!r}")


def memory_bytes(processes: Sequence[psutil.Process]) -> int:
    """Memory of all processes, pages shared by several counted once where the system tells."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    return total
