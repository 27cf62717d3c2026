"""Code that passes is not verified where another answer passes, too, and does something else."""

from __future__ import annotations

from typing import Any

import pytest

from code_agent.handlers.code_generate import generate
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.scripted_model import Asked, Script

HEAD = "def hours(minutes: int) -> int:\n"
ASKED = {
    "spec": "Whole hours that minutes take up: an hour begun counts. Fewer than none are an error.",
    "signature": HEAD,
    "tests": """from solution import hours


def test_short():
    assert hours(1) == 1


def test_long():
    assert hours(150) == 3


def test_half():
    assert hours(30) == 1


def test_just_over():
    assert hours(61) == 2
""",
}
REFUSES = "    if minutes < 0:\n        raise ValueError({says!r})\n"
RIGHT = HEAD + REFUSES.format(says="less than none") + "    return -(-minutes // 60)\n"
ALSO_RIGHT = (
    HEAD
    + REFUSES.format(says="below 0")
    + "    whole, rest = divmod(minutes, 60)\n    return whole + bool(rest)\n"
)
ONE_MORE = (
    HEAD + REFUSES.format(says="less than none") + "    return minutes // 60 + 1  # one begun\n"
)
FAILS = HEAD + "    return minutes // 60\n"


def generated(code: CodeTasks, script: Script, **more: Any) -> Any:
    ended = code.run(generate, ASKED | more, script)
    return ended.result | {"log": ended.log}


def first_then(first: str, *others: str) -> Script:
    answers = [block(first), *others]
    return lambda asked: answers[min(asked.number, len(answers) - 1)]


def no_rival(result: Any) -> Any:
    return next(one for one in result["checks"] if one["name"] == "no rival")


@pytest.mark.parametrize(
    ("first", "other"),
    [(RIGHT, ONE_MORE), pytest.param(ONE_MORE, RIGHT, marks=pytest.mark.slow)],
)
def test_two_answers_that_differ_verify_neither(code: CodeTasks, first: str, other: str) -> None:
    result = generated(code, first_then(first, block(other)))
    assert result["verdict"] == "unverified", result["log"]
    assert "no rival: another answer passes the tests, too" in result["reason"]
    assert result["changes"][0]["content"].strip() == first.strip()
    [rival] = result["rivals"]
    assert rival["code"].strip() == other.strip()
    there = {"hours(0): 0 here, 1 there", "hours(0): 1 here, 0 there"}
    assert there & {*rival["differs"]}, rival
    check = no_rival(result)
    assert (check["passed"], check["exit_code"], len(check["of"])) == (None, 0, 64)
    assert result["cost"]["calls"] == 2, "one that differs is enough"
    assert [one["temperature"] for one in result["tries"]] == [0.0, 0.8]


@pytest.mark.parametrize(
    ("others", "says"),
    [
        (
            (block(RIGHT), block(ALSO_RIGHT)),
            "of 2 other answers: 1 the same code, 1 other code that does the same",
        ),
        pytest.param(
            (block(FAILS), "I do not know."),
            "of 2 other answers: 2 not verified",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_where_no_other_that_passes_differs_it_is_verified(
    code: CodeTasks, others: tuple[str, ...], says: str
) -> None:
    result = generated(code, first_then(RIGHT, *others))
    assert (result["verdict"], result["rivals"]) == ("verified", []), result["log"]
    assert (no_rival(result)["passed"], no_rival(result)["says"]) == (True, says)
    assert result["cost"]["calls"] == 3
    assert [asked.temperature for asked in code.asked] == [0.0, 0.8, 1.0]
    assert len({asked.seed for asked in code.asked}) == 3


@pytest.mark.slow
def test_what_was_answered_meanwhile_is_compared_first(code: CodeTasks) -> None:
    answers = {0.0: FAILS, 0.3: RIGHT, 0.6: ONE_MORE}
    result = generated(code, lambda asked: block(answers[asked.temperature or 0.0]))
    assert (result["verdict"], len(result["rivals"])) == ("unverified", 1), result["log"]
    assert [asked.temperature for asked in code.asked] == [0.0, 0.0, 0.3, 0.6]


@pytest.mark.slow
def test_who_may_ask_once_asks_once(code: CodeTasks) -> None:
    def once(asked: Asked) -> str:
        assert asked.number == 0
        return block(RIGHT)

    result = generated(code, once, answers=1)
    assert result["verdict"] == "verified"
    assert "no rival" not in [one["name"] for one in result["checks"]]


@pytest.mark.slow
def test_where_no_tokens_are_left_no_other_is_asked_for(code: CodeTasks) -> None:
    code.agent = {"task_tokens": 1000}
    long = RIGHT + "    # " + " ".join(f"and {number}" for number in range(440))
    result = generated(code, lambda asked: block(long))
    assert result["verdict"] == "verified", result["log"]
    assert no_rival(result)["says"] == "no other answer could be asked for"
