"""`code-fix` on real projects with pytest: what it mends, in how many rounds, and when it stops."""

from __future__ import annotations

from typing import Any

import pytest

from code_agent.handlers.code_fix import fix
from tests.attempts import Ended
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.scripted_model import Asked, Endless, Script
from ygg.task import Verdict

SUMS = "def add(a, b):\n    return a - b\n\n\ndef double(n):\n    return add(n, n)\n"
TEST_SUMS = """
from sums import add, double

def test_add():
    assert add(2, 3) == 5

def test_zero():
    assert add(0, 0) == 0

def test_double():
    assert double(4) == 8
"""
PROJECT = {"sums.py": SUMS, "test_sums.py": TEST_SUMS}
RIGHT = block("def add(a, b):\n    return a + b")


def stopped(ended: Ended) -> Any:
    return ended.result["stopped"]


def rounds(ended: Ended) -> Any:
    return ended.result["rounds"]


def content(ended: Ended) -> dict[str, Any]:
    changes: Any = ended.result["changes"]
    return {one["path"]: one["content"] for one in changes}


def fixed(
    code: CodeTasks, script: Script, files: dict[str, str] | None = None, **params: Any
) -> Ended:
    def last_again(asked: Asked) -> Any:
        assert not callable(script)
        return script[min(asked.number, len(script) - 1)]

    # What is green is asked for once more.
    answers = script if callable(script) else last_again
    return code.run(fix, params, answers, files=files or PROJECT)


def test_a_function_is_mended_in_one_round(code: CodeTasks) -> None:
    ended = fixed(code, [RIGHT])
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert content(ended) == {"sums.py": SUMS.replace("a - b", "a + b")}
    assert stopped(ended) == {"why": "green", "says": "all checks pass"}
    assert rounds(ended)[0]["function"] == "sums.py: add"
    assert (rounds(ended)[0]["failing_before"], rounds(ended)[0]["failing_after"]) == (2, 0)
    names = [one["name"] for one in ended.result["checks"]]  # type: ignore[union-attr,index,call-overload]
    assert names[-4:] == ["tests", "tests unchanged", "tests again", "no rival"]
    assert "-    return a - b\n+    return a + b" in str(ended.result["diff"])


@pytest.mark.slow
def test_the_model_is_shown_the_function_the_test_and_the_error(code: CodeTasks) -> None:
    fixed(code, [RIGHT])
    whole = code.asked[0].whole
    for part in ("def add(a, b):", "assert add(2, 3) == 5", "assert -1 == 5", "`add` in sums.py"):
        assert part in whole


@pytest.mark.slow
def test_the_index_of_the_project_is_asked_too(code: CodeTasks) -> None:
    fixed(code, [RIGHT])
    assert [*code.runner.cache.rglob("index/*")]


def test_nothing_to_do_is_verified_without_asking(code: CodeTasks) -> None:
    ended = fixed(code, [], PROJECT | {"sums.py": SUMS.replace("a - b", "a + b")})
    assert ended.outcome.verdict is Verdict.VERIFIED
    assert (ended.result["changes"], stopped(ended)["why"]) == ([], "green")


def test_no_tests_is_a_failure_that_says_what_to_do(code: CodeTasks) -> None:
    ended = fixed(code, [], {"test_none.py": "x = 1\n"})
    assert not ended.ok
    assert ended.outcome.reason == "no tests were found"
    assert "give check" in (ended.outcome.hint or "")


@pytest.mark.slow
def test_two_faults_take_two_rounds(code: CodeTasks) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/words.py": "def first(text):\n    return text.split()[1]\n",
        "pkg/numbers.py": "def largest(found):\n    return min(found)\n",
        "tests/test_all.py": (
            "from pkg.numbers import largest\nfrom pkg.words import first\n\n"
            "def test_first():\n    assert first('one two') == 'one'\n\n"
            "def test_largest():\n    assert largest([1, 3, 2]) == 3\n"
        ),
    }

    def script(asked: Asked) -> str:
        if "`first`" in asked.whole:
            return block("def first(text):\n    return text.split()[0]")
        return block("def largest(found):\n    return max(found)")

    ended = fixed(code, script, files)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert [one["kept"] for one in rounds(ended)] == [True, True]
    assert set(content(ended)) == {"pkg/words.py", "pkg/numbers.py"}


@pytest.mark.slow
def test_a_method_is_found_by_its_traceback(code: CodeTasks) -> None:
    files = {
        "stack.py": (
            "class Stack:\n    def __init__(self):\n        self.items = []\n\n"
            "    def push(self, one):\n        self.items.append(one)\n\n"
            "    def pop(self):\n        return self.items.remove()\n"
        ),
        "test_stack.py": (
            "from stack import Stack\n\ndef test_it():\n    found = Stack()\n"
            "    found.push(1)\n    found.push(2)\n    assert found.pop() == 2\n"
        ),
    }
    ended = fixed(code, [block("def pop(self):\n    return self.items.pop()")], files)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert rounds(ended)[0]["function"] == "stack.py: Stack.pop"
    assert "    def pop(self):\n        return self.items.pop()\n" in content(ended)["stack.py"]


@pytest.mark.slow
def test_a_file_that_cannot_be_parsed_is_mended(code: CodeTasks) -> None:
    files = PROJECT | {"sums.py": SUMS.replace("return a - b", "return (a + b")}
    ended = fixed(code, [RIGHT], files)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert content(ended)["sums.py"] == SUMS.replace("a - b", "a + b")


@pytest.mark.slow
def test_a_missing_import_comes_with_the_function(code: CodeTasks) -> None:
    files = {
        "area.py": "def circle(radius):\n    return math.pi * radius * radius\n",
        "test_area.py": (
            "from area import circle\n\ndef test_it():\n    assert round(circle(1), 2) == 3.14\n"
        ),
    }
    answer = block("import math\n\ndef circle(radius):\n    return math.pi * radius * radius")
    ended = fixed(code, [RIGHT, answer], files)  # the first answer is about something else
    assert content(ended)["area.py"].startswith("import math\n")
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log


@pytest.mark.slow
def test_an_answer_is_repaired_by_what_the_tests_said(code: CodeTasks) -> None:
    ended = fixed(code, [block("def add(a, b):\n    return a * b"), RIGHT])
    assert ended.outcome.verdict is Verdict.VERIFIED
    assert "assert 6 == 5" in code.asked[1].text


@pytest.mark.slow
def test_a_test_that_does_not_end_is_mended(code: CodeTasks) -> None:
    files = {
        "count.py": (
            "def digits(n):\n    found = 1\n"
            "    while n > 9:\n        found += 1\n    return found\n"
        ),
        "test_count.py": (
            "from count import digits\n\ndef test_it():\n    assert digits(123) == 3\n"
            "    assert digits(7) == 1\n"
        ),
    }
    code.agent = {"check_seconds": 6}
    answer = files["count.py"].replace("9:\n", "9:\n        n //= 10\n")
    ended = fixed(code, [block(answer)], files)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert rounds(ended)[0]["function"] == "count.py: digits"


@pytest.mark.slow
def test_rounds_are_bounded(code: CodeTasks) -> None:
    ended = fixed(code, wrong, most_rounds=1, answers=1)
    assert stopped(ended)["why"] == "rounds"
    assert ended.outcome.verdict is Verdict.REFUTED
    assert ended.result["branch"] is None


def wrong(asked: Asked) -> str:
    return block(f"def add(a, b):\n    return a * b + {asked.number} - 9")


@pytest.mark.slow
def test_seconds_are_bounded(code: CodeTasks) -> None:
    ended = fixed(code, wrong, most_seconds=0.01)
    assert stopped(ended)["why"] == "seconds"
    assert ended.outcome.verdict is Verdict.REFUTED


@pytest.mark.slow
def test_tokens_are_bounded(code: CodeTasks) -> None:
    code.agent = {"task_tokens": 1000}
    ended = fixed(code, wrong)
    assert stopped(ended)["why"] == "tokens", ended.log
    assert "task has used" in ended.outcome.reason


@pytest.mark.slow
def test_the_same_error_again_ends_it(code: CodeTasks) -> None:
    """Other code each time, and it makes no difference."""
    ended = fixed(
        code,
        lambda asked: block(f"def add(a, b):\n    x = {asked.number}\n    return a - b"),
        answers=1,
    )
    assert stopped(ended)["why"] == "same_error"
    assert "2 of 3 failed" in ended.outcome.reason


def test_the_same_answer_for_ever_ends_it(code: CodeTasks) -> None:
    ended = fixed(code, lambda asked: block("def add(a, b):\n    return a * b"), most_rounds=50)
    assert stopped(ended)["why"] == "same_tree"
    assert ended.outcome.verdict is Verdict.REFUTED
    assert len(rounds(ended)) <= 4


@pytest.mark.slow
def test_prose_without_end_leaves_nothing_to_try(code: CodeTasks) -> None:
    code.agent = {"answer_tokens": 64}
    ended = fixed(code, lambda asked: Endless("and then we think "), answers=2)
    assert stopped(ended)["why"] == "nothing_left"
    assert "cut off" in ended.result["tries"][0]["why"]  # type: ignore[index,call-overload]


@pytest.mark.slow
def test_suspects_that_are_not_asked_about_are_counted(code: CodeTasks) -> None:
    names = [f"part{number}" for number in range(8)]
    sums = "\n\n".join(f"def {name}():\n    return 1\n" for name in names)
    called = " + ".join(f"{name}()" for name in names)
    test = f"from sums import *\n\ndef test_sum():\n    assert {called} == 9\n"
    files = {"sums.py": sums, "test_sums.py": test}
    ended = fixed(code, lambda asked: "no", files, answers=1)
    assert stopped(ended)["says"].endswith("; less likely ones were not asked about: 2")


@pytest.mark.slow
def test_half_a_fix_is_evidence_and_no_result(code: CodeTasks) -> None:
    files = PROJECT | {
        "more.py": "def half(n):\n    return n * 2\n",
        "test_more.py": "from more import half\n\ndef test_half():\n    assert half(4) == 2\n",
    }
    ended = fixed(code, lambda asked: RIGHT, files)
    assert ended.outcome.verdict is Verdict.REFUTED
    assert set(content(ended)) == {"sums.py"}
    assert ended.result["failing"]["after"] == ["test_more.py::test_half"]  # type: ignore[index,call-overload]


@pytest.mark.slow
def test_a_project_that_allows_no_seal_is_taken_at_its_word(code: CodeTasks) -> None:
    """As one is whose tests run in several processes."""
    unseal = (
        "def pytest_configure(config):\n    manager = config.pluginmanager\n"
        "    for one in list(manager.get_plugins()):\n"
        "        if type(one).__module__ == 'ygg_pytest':\n            manager.unregister(one)\n"
    )
    files = PROJECT | {"conftest.py": unseal}
    ended = fixed(code, [RIGHT], files)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    checks: Any = ended.result["checks"]
    assert "--junitxml" in " ".join(checks[-2]["command"])


@pytest.mark.slow
def test_only_the_tests_that_are_chosen_must_pass(code: CodeTasks) -> None:
    ended = fixed(code, [], args=["-k", "zero"])
    assert ended.outcome.verdict is Verdict.VERIFIED
    checks: Any = ended.result["checks"]
    assert checks[0]["says"] == "1 passed"


@pytest.mark.slow
def test_sources_in_src_are_found_without_being_installed(code: CodeTasks) -> None:
    files = {"src/pkg/__init__.py": SUMS, "tests/test_it.py": TEST_SUMS.replace("sums", "pkg")}
    assert fixed(code, [RIGHT], files).outcome.verdict is Verdict.VERIFIED
