"""Lists: narrowed, searched, page by page, newest first."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordinator.ledger import logs, read
from tests.integration.coordinator.desk import NOW, Desk, finished, task
from ygg.ids import new_id
from ygg.task import LogChunk
from ygg.views import ListedTask


def test_pages_follow_each_other_without_gap_or_overlap(desk: Desk) -> None:
    made = [task() for _ in range(25)]
    desk.submit(*made)
    pages, before = [], None
    while page := desk.list(before=before, count=10):
        pages.append(page)
        before = page[-1]
        desk.submit(task())  # what comes meanwhile is before the first page
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [name for page in pages for name in page] == [one.id for one in reversed(made)]


def test_a_list_is_narrowed_by_everything_that_is_asked_for(desk: Desk) -> None:
    good, bad = task(label="dev-a", queue="dev"), task(label="dev-b", queue="ops")
    desk.run(good)
    desk.submit(bad, now=NOW + 10)
    assert desk.list() == [bad.id, good.id]
    assert desk.list(states=["succeeded"]) == []
    desk.cancel(bad.id)
    assert desk.list(states=["queued", "cancelled"]) == [bad.id, good.id]
    assert desk.list(states=["cancelled"]) == desk.list(label="dev-b") == [bad.id]
    assert desk.list(queue="dev") == [good.id]
    assert desk.list(since=NOW + 10) == [bad.id]
    assert desk.list(queue="dev", label="dev-b") == []
    assert desk.list(queue="'; DROP TABLE tasks; --") == []


@pytest.mark.parametrize("mark", ["%", "_", "!", "\\", "'", '"', "!%", "!!_"])
def test_a_search_takes_every_character_as_itself(desk: Desk, mark: str) -> None:
    found, other = task(title=f"a{mark}b"), task(title="axb axxb ab")
    desk.submit(found, other)
    assert desk.list(search=f"a{mark}b") == [found.id]


def test_a_search_looks_at_id_label_title_and_reason_whatever_the_case(desk: Desk) -> None:
    one = task(label="ops-disk", title="Free the Disk")
    desk.submit(one, task())
    desk.cancel(one.id, note="Not Needed")
    for words in (one.id[-4:], one.id.upper(), "S-DIS", "free THE", "not needed"):
        assert one.id in desk.list(search=words)
    assert desk.list(search="nothing like it") == []


def test_a_search_finds_capitals_beyond_ascii(desk: Desk) -> None:
    one = task(title="ÜBERLAUF")
    desk.submit(one)
    assert desk.list(search="ÜBERLAUF") == [one.id]


TITLES = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", max_codepoint=127), max_size=8
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=TITLES, words=TITLES.filter(bool))
def test_a_search_finds_what_holds_the_words_and_nothing_else(
    desk: Desk, title: str, words: str
) -> None:
    queue = new_id()
    one = task(queue=queue, id="000000000000"[: -len(queue)] + new_id(), title=title)
    desk.submit(one)
    by_title = words.lower() in title.lower()
    elsewhere = words.lower() in one.id or words.lower() in one.label
    assert (desk.list(queue=queue, search=words) == [one.id]) == (by_title or elsewhere)


def test_open_tasks_are_counted_by_queue_and_state(desk: Desk) -> None:
    made = [task() for _ in range(3)]
    desk.submit(*made, task(queue="ops"), task(queue="ops", approval=True))
    desk.dispatch()
    desk.apply(finished(made[0].id))
    with desk.ledger.read() as connection:
        counts = read.open_counts(connection)
    assert counts == {
        ("dev", "queued"): (2, 2),
        ("ops", "queued"): (1, 0),
        ("ops", "waiting"): (1, 0),
    }


def chunk(task_id: str, attempt: int, sequence: int, text: str, stream: str = "stdout") -> LogChunk:
    return LogChunk.model_validate(
        {
            "task_id": task_id,
            "attempt": attempt,
            "sequence": sequence,
            "at": NOW,
            "stream": stream,
            "text": text,
        }
    )


def test_a_log_is_read_in_order_however_and_how_often_it_came(desk: Desk) -> None:
    name = new_id()
    chunks = [chunk(name, attempt, n, f"{attempt}.{n}") for attempt in (1, 2) for n in (1, 2, 3)]
    with desk.ledger.write() as connection:
        logs.write(connection, chunks[::-1] + chunks)
        logs.write(connection, chunks[2:4])
    with desk.ledger.read() as connection:
        whole = read.log_lines(connection, name, after=(0, 0), only=0, count=100)
        later = read.log_lines(connection, name, after=(1, 2), only=0, count=2)
        second = read.log_lines(connection, name, after=(0, 0), only=2, count=100)
    assert [line["text"] for line in whole] == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
    assert [line["text"] for line in later] == ["1.3", "2.1"]
    assert [line["text"] for line in second] == ["2.1", "2.2", "2.3"]


def test_a_log_may_hold_anything_even_nul(desk: Desk) -> None:
    name = new_id()
    with desk.ledger.write() as connection:
        logs.write(connection, [chunk(name, 1, 1, "a\x00b\x1b[0m \U0001f600")])
    with desk.ledger.read() as connection:
        [line] = read.log_lines(connection, name, after=(0, 0), only=0, count=1)
    assert line["text"] == "a␀b\x1b[0m \U0001f600"


def test_the_last_progress_of_the_attempt_in_force_is_shown(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    with desk.ledger.write() as connection:
        texts = [chunk(one.id, 1, n, f"{n}/3", "progress") for n in (1, 2)]
        logs.write(connection, [*texts, chunk(one.id, 1, 3, "noise")])
    assert desk.detail(one.id)["progress"] == "2/3"


def listed(desk: Desk) -> dict[str, ListedTask]:
    with desk.ledger.read() as connection:
        return {view["id"]: view for view in read.tasks(connection, read.Filter())}


def test_a_list_tells_how_many_attempts_were_counted(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    desk.apply(finished(one.id, ending="returned", cause="drain"))
    desk.dispatch(now=NOW + 3600)
    during = listed(desk)[one.id]
    desk.apply(finished(one.id, attempt=2))
    after = listed(desk)[one.id]
    assert [(view["attempt"], view["counted"]) for view in (during, after)] == [(2, 1), (2, 1)]


def test_a_list_tells_what_each_task_waits_for_and_how_many_warnings_it_ended_with(
    desk: Desk,
) -> None:
    first, second = task(), task()
    last = task(after=(first.id, second.id))
    desk.submit(first, second, last)
    desk.dispatch()
    desk.apply(finished(first.id, warnings=("one", "two")), finished(second.id))
    found = listed(desk).values()
    assert {view["id"]: (view["after"], view["warning_count"]) for view in found} == {
        first.id: ([], 2),
        second.id: ([], 0),
        last.id: (sorted([first.id, second.id]), 0),
    }


def test_a_result_with_a_nul_in_it_keeps_nobody_from_a_list(desk: Desk) -> None:
    one = task()
    desk.submit(one)
    desk.dispatch()
    desk.apply(finished(one.id, result={"says": "a\0b\\"}, warnings=("one",)))
    assert [view["warning_count"] for view in listed(desk).values()] == [1]
    assert desk.detail(one.id)["result"] == {"says": "a\0b\\"}
