"""Many tasks in one request, a line each: all or none, or with `partial` the good ones."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.integration.coordinator.house import Answer, House

GOOD = {"label": "dev-echo"}
BULK = "/v1/tasks:bulk"


def lines(*tasks: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(task) for task in tasks).encode()


def send(house: House, body: bytes, *, partial: bool = False) -> Answer:
    return house.ask("POST", BULK + ("?partial=true" if partial else ""), body)


def test_all_lines_become_tasks_in_their_order(house: House) -> None:
    made = house.client.submit_bulk(lines(*(GOOD | {"title": f"{n}"} for n in range(50))))
    assert made["accepted"] == 50
    assert made["ids"] == sorted(made["ids"])
    tasks = house.records.tasks()
    assert [tasks[name]["title"] for name in made["ids"]] == [f"{n}" for n in range(50)]


def test_blank_lines_and_line_ends_of_any_kind_are_forgiven(house: House) -> None:
    body = b'\n{"label": "dev-echo"}\r\n\r\n  \n {"label":\t"dev-echo"} \r\n\n'
    assert house.client.submit_bulk(body)["accepted"] == 2


def test_one_bad_line_refuses_all_and_every_bad_line_is_named(house: House) -> None:
    before = house.written()
    body = lines(GOOD, GOOD | {"priority": 9}, GOOD, {"label": "cook-it"}) + b"\n\n\xff\n{"
    answer = send(house, body)
    assert answer.status == 422
    found = answer.json
    assert (found["accepted"], found["ids"]) == (0, [])
    assert [each["line"] for each in found["rejected"]] == [2, 4, 6, 7]
    assert [each["field"] for each in found["rejected"]] == ["priority", "label", "body", "body"]
    assert "code-" in found["rejected"][1]["allowed"]
    assert house.written() == before


def test_with_partial_the_good_lines_go_in(house: House) -> None:
    before = house.written()
    answer = send(house, lines(GOOD, {"label": "cook-it"}, GOOD), partial=True)
    assert answer.status == 201
    assert answer.json["accepted"] == len(answer.json["ids"]) == 2
    assert [each["line"] for each in answer.json["rejected"]] == [2]
    assert house.written() == before + 2


def test_only_so_many_bad_lines_are_explained(house: House) -> None:
    answer = send(house, b"\n".join([b"{"] * 5000))
    assert answer.status == 422
    assert (len(answer.json["rejected"]), answer.json["refused"]) == (100, 5000)


def test_a_bad_line_is_explained_as_a_bad_task_is(house: House) -> None:
    bad = {"label": "dev-ecko", "after": ["0" * 12]}
    for task in (bad, GOOD | {"after": ["0" * 12]}, GOOD | {"prioritee": 1}):
        alone = house.post("/v1/tasks", task).error
        [line] = send(house, lines(task)).json["rejected"]
        assert alone["allowed"]
        assert {name: line[name] for name in ("message", "field", "allowed", "hint")} == {
            name: alone.get(name) for name in ("message", "field", "allowed", "hint")
        }


def test_a_dry_run_judges_the_lines_as_the_request_would(house: House) -> None:
    [known] = house.client.submit_bulk(lines(GOOD | {"idempotency_key": "dry"}))["ids"]
    body = lines(
        GOOD | {"ref": "a"},
        GOOD | {"after": ["a", known]},
        GOOD | {"idempotency_key": "dry"},
        GOOD | {"idempotency_key": "dry"},
        GOOD | {"ref": "self", "after": ["self"]},
        GOOD | {"after": ["self"]},
        GOOD | {"after": ["0" * 12]},
        GOOD | {"on": "nowhere"},
        {"label": "dev-ecko"},
    )
    before = house.written()
    answer = house.ask("POST", f"{BULK}?dry_run=true", body)
    assert answer.status == 200
    assert house.written() == before
    real = send(house, body, partial=True).json
    assert answer.json["rejected"] == real["rejected"]
    assert answer.json["refused"] == real["refused"] == 5
    assert {(each["would"], each["queue"]): each["tasks"] for each in answer.json["tasks"]} == {
        ("run", "dev"): 1,
        ("wait", "dev"): 1,
        ("repeat", "dev"): 1,
        ("queue", "on.nowhere"): 1,
    }


@pytest.mark.parametrize("body", [b"", b"\n\n \r\n"])
def test_a_request_without_a_task_is_refused(house: House, body: bytes) -> None:
    answer = send(house, body)
    assert (answer.status, answer.error["field"]) == (422, "body")


def test_lines_wait_for_each_other_by_name_in_any_order(house: House) -> None:
    earlier = house.client.submit(GOOD | {"delay_seconds": 600})["task"]["id"]
    made = house.client.submit_bulk(
        lines(
            GOOD | {"ref": "last", "after": ["first", "second", earlier]},
            GOOD | {"ref": "first"},
            GOOD | {"ref": "second", "after": ["first", "first"]},
        )
    )
    last, first, second = made["ids"]
    assert house.client.task(last)["after"] == sorted([first, second, earlier])
    assert house.client.task(second)["after"] == [first]
    assert house.client.task(last)["state"] == "waiting"


def rejected(answer: Answer) -> dict[int, str]:
    """The refused lines, and what was said of each."""
    return {each["line"]: each["message"] for each in answer.json["rejected"]}


def test_a_known_task_that_is_named_twice_is_waited_for_once(house: House) -> None:
    first = GOOD | {"ref": "first", "idempotency_key": "known-before", "delay_seconds": 600}
    [known] = house.client.submit_bulk(lines(first))["ids"]
    behind = GOOD | {"after": [known, "first", known.upper()]}
    made = house.client.submit_bulk(lines(first, behind))
    assert made["ids"][0] == known
    found = house.client.task(made["ids"][1])
    assert (found["after"], found["reason"]) == ([known], "waits for 1 other task")


@pytest.mark.parametrize("partial", [False, True])
def test_only_the_lines_of_a_circle_and_those_behind_it_are_bad(
    house: House, partial: bool
) -> None:
    before = house.written()
    body = lines(
        GOOD | {"ref": "good"},
        *(GOOD | {"ref": r, "after": [on, "good"]} for r, on in ("ab", "bc", "ca")),
        GOOD | {"ref": "behind", "after": ["b"]},
        GOOD | {"after": ["behind"]},
        GOOD | {"ref": "self", "after": ["self"]},
        GOOD | {"after": ["good"]},
    )
    answer = send(house, body, partial=partial)
    circle = "these tasks wait for each other: line 2 → line 3 → line 4 → line 2"
    assert rejected(answer) == {
        2: circle,
        3: circle,
        4: circle,
        5: "it waits for line 3, which was refused",
        6: "it waits for line 5, which was refused",
        7: "these tasks wait for each other: line 7 → line 7",
    }
    assert {each["field"] for each in answer.json["rejected"]} == {"after"}
    assert answer.status == (201 if partial else 422)
    assert answer.json["accepted"] == (2 if partial else 0)
    assert house.written() == before + (2 if partial else 0)


@pytest.mark.parametrize("partial", [False, True])
def test_lines_that_share_a_name_are_bad_and_so_are_those_that_wait_for_it(
    house: House, partial: bool
) -> None:
    before = house.written()
    body = lines(GOOD, GOOD | {"ref": "a"}, GOOD | {"ref": "a"}, GOOD | {"after": ["a"]}, GOOD)
    answer = send(house, body, partial=partial)
    twice = "the ref 'a' is used twice, in lines 2 and 3"
    assert rejected(answer) == {2: twice, 3: twice, 4: "it waits for line 2, which was refused"}
    assert house.written() == before + (2 if partial else 0)


def test_a_line_behind_one_whose_key_is_another_s_says_so(house: House) -> None:
    house.client.submit(GOOD, idempotency_key="mine")
    body = lines(
        GOOD | {"ref": "a", "title": "other", "idempotency_key": "mine"}, GOOD | {"after": ["a"]}
    )
    assert rejected(send(house, body))[2] == "it waits for line 1, which was refused"


def test_a_key_for_the_whole_request_is_refused(house: House) -> None:
    answer = house.ask("POST", BULK, lines(GOOD), headers={"Idempotency-Key": "all"})
    assert (answer.status, answer.error["field"]) == (422, "Idempotency-Key")
    assert answer.error["allowed"] == ["`idempotency_key` in each line"]


def test_a_good_line_that_waits_for_a_bad_one_is_as_bad(house: House) -> None:
    body = lines(
        GOOD | {"ref": "bad", "params": {"times": "x"}},
        GOOD | {"ref": "next", "after": ["bad"]},
        GOOD | {"after": ["next"]},
        GOOD,
    )
    found = send(house, body, partial=True).json
    assert found["accepted"] == 1
    assert [each["line"] for each in found["rejected"]] == [1, 2, 3]


def test_so_is_one_that_waits_for_a_line_that_could_not_be_read(house: House) -> None:
    body = lines(GOOD | {"ref": "bad", "priority": 9}, GOOD | {"after": ["bad"]}, GOOD)
    found = send(house, body, partial=True).json
    assert found["accepted"] == 1
    assert [each["line"] for each in found["rejected"]] == [1, 2]


JUDGED_BY_THE_LEDGER = {
    "waiting for what never was": ({"after": ["0" * 12]}, "after"),
    "the key of another task": ({"title": "other", "idempotency_key": "taken"}, "idempotency_key"),
}


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("what", JUDGED_BY_THE_LEDGER)
def test_a_line_that_only_the_ledger_can_judge_is_one_bad_line(
    house: House, what: str, partial: bool
) -> None:
    changes, field = JUDGED_BY_THE_LEDGER[what]
    house.new_client().submit(GOOD, idempotency_key="taken")
    before = house.written()
    body = lines(GOOD, GOOD | {"ref": "bad"} | changes, GOOD | {"after": ["bad"]})
    answer = send(house, body, partial=partial)
    assert answer.status == (201 if partial else 422)
    assert answer.json["accepted"] == partial
    rejected = [(each["line"], each["field"]) for each in answer.json["rejected"]]
    assert rejected == [(2, field), (3, "after")]
    assert house.written() == before + partial


def test_sending_lines_with_keys_again_makes_nothing_new(house: House) -> None:
    body = lines(*(GOOD | {"title": f"{n}", "idempotency_key": f"bulk-{n}"} for n in range(20)))
    first = house.client.submit_bulk(body)
    before = house.written()
    again = house.client.submit_bulk(body + b"\n" + lines(GOOD))
    assert again["ids"][:20] == first["ids"]
    assert house.written() == before + 1


def test_of_two_lines_with_one_key_the_second_is_bad(house: House) -> None:
    answer = send(house, lines(GOOD, *[GOOD | {"idempotency_key": "both"}] * 2))
    assert answer.status == 422
    [rejected] = answer.json["rejected"]
    assert (rejected["line"], rejected["field"]) == (3, "idempotency_key")


def test_a_new_line_may_wait_for_one_whose_key_is_known(house: House) -> None:
    first = GOOD | {"ref": "a", "idempotency_key": "before"}
    [known] = house.client.submit_bulk(lines(first))["ids"]
    made = house.client.submit_bulk(lines(first, GOOD | {"after": ["a"]}))
    assert made["ids"][0] == known
    assert house.client.task(made["ids"][1])["after"] == [known]


def test_a_long_chain_upon_a_bad_line_is_refused_at_once(house: House) -> None:
    count = 3000
    chain = [GOOD | {"ref": f"r{n}", "after": [f"r{n + 1}"]} for n in range(count)]
    body = lines(*chain, GOOD | {"ref": f"r{count}", "priority": 9})
    began = time.monotonic()
    answer = send(house, body, partial=True)
    assert time.monotonic() - began < 2
    assert answer.json["accepted"] == 0


def test_ten_thousand_lines_are_nothing(house: House) -> None:
    before = house.written()
    began = time.monotonic()
    made = house.client.submit_bulk(lines(*[GOOD | {"on": "asleep"}] * 10_000))
    assert time.monotonic() - began < 10
    assert made["accepted"] == 10_000
    assert house.written() == before + 10_000
    assert len(made["notices"]) == 1
