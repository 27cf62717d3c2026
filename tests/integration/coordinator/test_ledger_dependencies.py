"""Tasks that wait for tasks: released by success, cancelled by anything else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.coordinator.desk import NOW, Desk, finished, supply, task
from ygg.ids import new_id, new_ids


def test_success_releases_what_waits_when_it_waits_for_nothing_else(desk: Desk) -> None:
    first, second = task(), task()
    last = task(after=(first.id, second.id))
    desk.submit(first, second, last)
    desk.dispatch()
    desk.apply(finished(first.id))
    assert desk.state(last.id) == "waiting"
    desk.apply(finished(second.id))
    assert desk.state(last.id) == "queued"
    assert desk.detail(last.id)["reason"] == ""
    assert [one.id for one in desk.dispatch()] == [last.id]


def test_both_in_one_batch_release_it_too(desk: Desk) -> None:
    first, second = task(), task()
    last = task(after=(first.id, second.id))
    desk.submit(first, second, last)
    desk.dispatch()
    desk.apply(finished(first.id), finished(second.id), finished(first.id))
    assert desk.state(last.id) == "queued"


def test_what_still_waits_says_for_how_many(desk: Desk) -> None:
    first, second = task(), task()
    last = task(after=(first.id, second.id))
    desk.submit(first, second, last)
    desk.dispatch()
    desk.apply(finished(first.id))
    assert desk.detail(last.id)["reason"] == "waits for 1 other task"


@pytest.mark.parametrize(("ending", "state"), [("error", "failed"), ("cancelled", "cancelled")])
def test_anything_but_success_cancels_the_whole_chain(desk: Desk, ending: str, state: str) -> None:
    chain = [task()]
    for _ in range(20):
        chain.append(task(after=(chain[-1].id,)))
    desk.submit(*chain)
    desk.dispatch()
    applied = desk.apply(finished(chain[0].id, ending=ending))
    assert {change.id for change in applied.changes} == {one.id for one in chain}
    assert desk.states(*chain) == [state] + ["cancelled"] * 20
    assert desk.detail(chain[1].id)["reason"] == f"dependency: {chain[0].id} {state}"
    assert desk.detail(chain[2].id)["reason"] == f"dependency: {chain[1].id} cancelled"
    assert desk.detail(chain[20].id)["finished_at"] == NOW


def test_a_failure_that_is_tried_again_cancels_nothing(desk: Desk) -> None:
    first = task()
    last = task(after=(first.id,))
    desk.submit(first, last)
    desk.dispatch()
    desk.apply(finished(first.id, ending="lost"))
    assert desk.states(first, last) == ["queued", "waiting"]
    desk.dispatch()
    desk.apply(finished(first.id, attempt=2))
    assert desk.states(first, last) == ["succeeded", "queued"]


def test_a_success_and_a_failure_in_one_batch_cancel_what_waits_for_both(desk: Desk) -> None:
    good, bad = task(), task()
    last = task(after=(good.id, bad.id))
    desk.submit(good, bad, last)
    desk.dispatch()
    desk.apply(finished(bad.id, ending="error"), finished(good.id))
    assert desk.states(good, bad, last) == ["succeeded", "failed", "cancelled"]
    assert desk.dispatch() == []


def test_cancelling_a_task_cancels_what_waits_for_it(desk: Desk) -> None:
    first = task()
    last = task(after=(first.id,))
    desk.submit(first, last)
    desk.cancel(first.id)
    assert desk.states(first, last) == ["cancelled", "cancelled"]


def test_a_result_under_review_lets_nothing_go_until_it_is_accepted(desk: Desk) -> None:
    first = task(label="code-edit", tier=2)
    last = task(after=(first.id,))
    desk.submit(first, last)
    desk.dispatch(supply(labels=frozenset({"code-edit"})))
    desk.apply(finished(first.id))
    assert desk.states(first, last) == ["review", "waiting"]
    desk.approve(first.id)
    assert desk.states(first, last) == ["succeeded", "queued"]


def test_a_rejected_result_cancels_what_waits_for_it(desk: Desk) -> None:
    first = task(label="code-edit", tier=2)
    last = task(after=(first.id,))
    desk.submit(first, last)
    desk.dispatch(supply(labels=frozenset({"code-edit"})))
    desk.apply(finished(first.id))
    desk.reject(first.id)
    assert desk.states(first, last) == ["rejected", "cancelled"]


def test_an_approval_is_asked_for_after_the_others_too(desk: Desk) -> None:
    first = task()
    last = task(after=(first.id,), approval=True)
    desk.submit(first, last)
    desk.dispatch()
    desk.apply(finished(first.id))
    assert desk.state(last.id) == "waiting"
    desk.approve(last.id)
    assert desk.state(last.id) == "queued"


def test_thousands_may_wait_for_one(desk: Desk) -> None:
    first = task()
    rest = [task(after=(first.id,)) for _ in range(3000)]
    desk.submit(first, *rest)
    desk.dispatch()
    desk.apply(finished(first.id))
    assert desk.rows("SELECT COUNT(*) FROM tasks WHERE state = 'queued'") == [(3000,)]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    waits=st.lists(st.sets(st.integers(0, 9), max_size=4), min_size=1, max_size=10),
    bad=st.sets(st.integers(0, 9), max_size=2),
    batch=st.integers(1, 10),
)
def test_of_any_web_of_tasks_exactly_those_run_whose_ground_held(
    desk: Desk, waits: list[set[int]], bad: set[int], batch: int
) -> None:
    queue, ids = new_id(), new_ids(len(waits))
    after = [tuple(ids[on] for on in on_those if on < at) for at, on_those in enumerate(waits)]
    made = [task(id=name, queue=queue, after=on) for name, on in zip(ids, after, strict=True)]
    desk.submit(*made)
    started = []
    while found := desk.dispatch(supply(queue=queue, window=batch)):
        started += [one.id for one in found]
        desk.apply(
            *(
                finished(one.id, ending="error" if ids.index(one.id) in bad else "ok")
                for one in found
            )
        )
    wanted: dict[str, str] = {}
    for at, one in enumerate(made):
        if any(wanted[on] != "succeeded" for on in one.after):
            wanted[one.id] = "cancelled"
        else:
            wanted[one.id] = "failed" if at in bad else "succeeded"
    assert {one.id: desk.state(one.id) for one in made} == wanted
    assert sorted(started) == sorted(name for name, end in wanted.items() if end != "cancelled")
    assert all(
        started.index(on) < started.index(one.id)
        for one in made
        if one.id in started
        for on in one.after
    )
