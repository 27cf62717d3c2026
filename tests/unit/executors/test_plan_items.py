"""Items as `ygg` and `bd` print them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.planning import items
from executors.planning.items import MOST_HOURS
from executors.planning.order import Item
from ygg.errors import BadInput

BD = {
    "id": "bd-7",
    "title": "Paint it",
    "description": "",
    "status": "in_progress",
    "priority": 1,
    "issue_type": "task",
    "estimated_minutes": 90,
    "dependencies": [
        {"issue_id": "bd-7", "depends_on_id": "bd-3", "type": "blocks"},
        {"issue_id": "bd-7", "depends_on_id": "bd-1", "type": "parent-child"},
    ],
}


def read_items(text: str, name: str) -> list[Item]:
    return list(items.read_items(text, name))


def test_issues_of_bd_are_read_with_only_the_ties_that_block() -> None:
    wanted = [Item("bd-7", "Paint it", 1, ("bd-3",), 1.5, "active")]
    assert read_items(json.dumps([BD]), "f") == wanted
    assert read_items(json.dumps(BD) + "\n\n", "f") == wanted
    assert read_items(json.dumps(BD, indent=1), "f") == wanted
    shown = BD | {"dependencies": [{"id": "bd-3", "title": "Sand", "dependency_type": "blocks"}]}
    assert read_items(json.dumps(shown), "f") == wanted


def test_tasks_of_ygg_are_read_by_id_or_ref() -> None:
    page = {"tasks": [{"id": "1qf6dn9s6qjd", "title": "", "state": "queued", "priority": 0}]}
    assert read_items(json.dumps(page), "f") == [Item("1qf6dn9s6qjd", priority=0)]
    lines = '{"label": "dev-echo", "ref": "a"}\n{"label": "dev-echo", "ref": "b", "after": ["a"]}\n'
    assert read_items(lines, "f") == [Item("a"), Item("b", depends_on=("a",))]


def test_a_task_that_waits_says_what_for() -> None:
    task = {"id": "a", "state": "waiting", "reason": "waits for 1 other task", "after": ["b"]}
    assert read_items(json.dumps(task), "f") == [
        Item("a", depends_on=("b",), waits="waits for 1 other task")
    ]
    held = task | {"reason": "held: it may have begun", "after": []}
    assert read_items(json.dumps(held), "f") == [Item("a", waits="waits: held: it may have begun")]
    begun = task | {"state": "running", "reason": "", "not_before": 1e12}
    assert read_items(json.dumps(begun), "f")[0].waits == ""


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        ({"approval": True}, "waits for approval"),
        ({"not_before": 1e12}, "waits for its time"),
        ({"not_before": 1.0}, ""),
        ({"delay_seconds": 60}, "waits for its time"),
    ],
)
def test_a_line_to_submit_may_ask_to_wait(line: dict[str, object], waits: str) -> None:
    assert read_items(json.dumps({"ref": "a"} | line), "f") == [Item("a", waits=waits)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", None),
        ("[]", None),
        ("{}", "f, entry 1 has no id"),
        ("7", "no object"),
        ("[7]", "no object"),
        ('{"tasks": [7]}', "no object"),
        ('{"id": "a"}\nnonsense', "f, line 2: no JSON object"),
        ('{"id": "a", "priority": 9}', "its priority is not one"),
        ('{"id": "a", "status": ["x"]}', "nobody knows its state"),
        ('{"id": "a", "depends_on": "b"}', "no list"),
        ('{"id": "a", "depends_on": [7]}', "no id"),
        ('{"id": "a", "estimated_minutes": "long"}', "its estimate is not one"),
        (f'{{"id": "a", "estimate_hours": {10**400}}}', "its estimate is not one"),
        (f'{{"id": "a", "estimated_minutes": {10**400}}}', "its estimate is not one"),
        (f'{{"id": "a", "estimate_hours": {MOST_HOURS + 1}}}', "its estimate is not one"),
        ('{"id": "a", "estimate_hours": true}', "its estimate is not one"),
        ('{"id": "a", "estimate_hours": NaN}', "its estimate is not one"),
        ("[" * 100_000, "f, line 1: no JSON object"),
    ],
)
def test_what_is_no_item_is_refused_with_its_place(text: str, message: str | None) -> None:
    if message is None:
        assert read_items(text, "f") == []
        return
    with pytest.raises(BadInput, match=message) as refused:
        read_items(text, "f")
    assert refused.value.hint


_json: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "tasks", "state", "priority", "dependencies", "after", "estimated_minutes"]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


@given(_json)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        found = read_items(json.dumps(value), "f")
    except BadInput:
        return
    assert all(isinstance(one, Item) and 0 <= one.priority <= 4 for one in found)
