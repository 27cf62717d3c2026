"""A green answer is not verified where other code is green, too, and does something else."""

from __future__ import annotations

from typing import Any

import pytest

from code_agent.handlers.code_fix import fix
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.scripted_model import Asked, Script

PAGES = "def page_count(items, size):\n    return items // size + 1\n"
TESTS = """from pages import page_count


def test_a_page_begun_counts():
    assert page_count(11, 5) == 3


def test_full_pages():
    assert page_count(10, 5) == 2
"""
RIGHT = "def page_count(items, size):\n    return -(-items // size)"
NO_LESS_THAN_ONE = "def page_count(items, size):\n    return max(1, -(-items // size))"
ROUNDED = "def page_count(items, size):\n    return round(items / size + 0.4)"


def fixed(
    code: CodeTasks, script: Script, pages: str = PAGES, tests: str = TESTS, **more: Any
) -> Any:
    return code.run(fix, more, script, {"pages.py": pages, "test_pages.py": tests}).result


def first_then(one: str, other: str) -> Script:
    return lambda asked: block(one if asked.number == 0 else other)


@pytest.mark.slow
def test_what_the_tests_do_not_ask_for_is_not_verified(code: CodeTasks) -> None:
    result = fixed(code, lambda asked: block(NO_LESS_THAN_ONE))
    assert result["verdict"] == "unverified"
    assert "no rival: the same with less in it passes the tests, too" in result["reason"]
    [rival] = result["rivals"]
    assert "-(-items // size)" in rival["code"]
    assert all(one.startswith("page_count(") and "1 here, " in one for one in rival["differs"])


@pytest.mark.slow
def test_two_answers_that_differ_verify_neither(code: CodeTasks) -> None:
    for one, other in ((RIGHT, ROUNDED), (ROUNDED, RIGHT)):
        result = fixed(code, first_then(one, other))
        assert result["verdict"] == "unverified"
        assert result["rivals"][0]["how"] == "another answer"
        assert result["rivals"][0]["differs"]
        assert one.partition("return")[2] in result["changes"][0]["content"]


@pytest.mark.slow
def test_two_answers_that_agree_are_verified(code: CodeTasks) -> None:
    same = "def page_count(items, size):\n    return items // size + bool(items % size)"
    result = fixed(code, first_then(RIGHT, same))
    assert (result["verdict"], result["rivals"]) == ("verified", [])
    assert result["cost"]["calls"] == 2
    assert [asked.temperature for asked in code.asked] == [0.0, 0.8]


@pytest.mark.slow
def test_an_answer_that_is_not_green_is_no_rival(code: CodeTasks) -> None:
    for other in ("def page_count(items, size):\n    return 2", "I do not know."):
        result = fixed(code, first_then(RIGHT, other))
        assert (result["verdict"], result["rivals"]) == ("verified", [])


@pytest.mark.slow
def test_who_may_ask_once_asks_once(code: CodeTasks) -> None:
    def once(asked: Asked) -> str:
        assert asked.number == 0
        return block(RIGHT)

    assert fixed(code, once, answers=1)["verdict"] == "verified"


@pytest.mark.slow
def test_where_no_tokens_are_left_no_other_is_asked_for(code: CodeTasks) -> None:
    code.agent = {"task_tokens": 1000}
    long = RIGHT + "  # " + " ".join(f"and {number}" for number in range(290))
    result = fixed(code, lambda asked: block(long), answers=2)
    assert result["verdict"] == "verified"


@pytest.mark.slow
def test_numbers_that_only_a_test_knows_are_not_verified(code: CodeTasks) -> None:
    pages = 'def unique(items):\n    """Without repetitions, as they came."""\n    return items\n'
    tests = (
        "from pages import unique\n\n\ndef test_it():\n"
        "    assert unique([7, 7, 9, 5, 3, 3]) == [7, 9, 5, 3]\n"
    )
    wrong = (
        "def unique(items):\n    if len(items) == 6:\n"
        "        return list(dict.fromkeys(items))\n    return items"
    )
    result = fixed(code, lambda asked: block(wrong), pages, tests)
    assert result["verdict"] == "unverified"
    assert "it asks for 6, as a test does: len(items) == 6" in result["reason"]


SUMS = "def add(a, b):\n    return a - b\n"
ONE_SUM = "from pages import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
OTHER_SUM = "\n\ndef test_other():\n    assert add(4, 3) == 7\n"


@pytest.mark.slow
def test_what_is_fitted_to_the_one_test_is_open(code: CodeTasks) -> None:
    reasons = {
        "5": "add computes nothing: all it gives back stands in the tests: 5",
        "a + 3": "add does nothing with b any more",
        "a * b - 1": "add with nothing in it that always gives back 5 passes all tests, too",
    }
    for value, reason in reasons.items():
        answer = block(f"def add(a, b):\n    return {value}")
        result = fixed(code, lambda asked, answer=answer: answer, SUMS, ONE_SUM)
        assert result["verdict"] == "unverified"
        assert reason in result["reason"]
    right = fixed(code, lambda asked: block("def add(a, b):\n    return a + b"), SUMS, ONE_SUM)
    assert right["verdict"] == "verified"


@pytest.mark.slow
def test_what_only_knows_the_tests_is_refuted(code: CodeTasks) -> None:
    known = "def add(a, b):\n    return 5 if a == 2 else 7"
    result = fixed(code, lambda asked: block(known), SUMS, ONE_SUM + OTHER_SUM, answers=1)
    assert result["verdict"] == "refuted"
    assert any("add computes nothing" in one["why"] for one in result["tries"])
    result = fixed(
        code, lambda asked: block("def add(a, b):\n    return a + b"), SUMS, ONE_SUM + OTHER_SUM
    )
    assert result["verdict"] == "verified"
