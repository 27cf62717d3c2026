"""A change is reviewed by its new lines; the files it is of help to understand it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from code_agent.handlers.code_review import review
from tests.integration.code_agent.conftest import CodeTasks

BEFORE = """import os


def total(items):
    return sum(items)


def first(items):
    return items[0]
"""
DIFF = """diff --git a/sums.py b/sums.py
index 1..2 100644
--- a/sums.py
+++ b/sums.py
@@ -4,2 +4,3 @@
 def total(items):
-    return sum(items)
+    found = sum(items)
+    return fund
"""
AFTER = BEFORE.replace("    return sum(items)\n", "    found = sum(items)\n    return fund\n")


def answer(line: int, quote: str, message: str) -> str:
    told = {"line": line, "quote": quote, "severity": "error", "message": message}
    return json.dumps({"findings": [told]})


UNDEFINED = answer(6, "return fund", "fund is not defined")


def lines(result: dict[str, Any]) -> set[tuple[int, str, bool]]:
    return {(one["line"], one["by"], one["proven"]) for one in result["findings"]}


@pytest.mark.parametrize("there", [BEFORE, AFTER], ids=["before", "after"])
def test_machines_look_at_the_file_as_it_is_after_the_change(code: CodeTasks, there: str) -> None:
    result = code.run(review, {"diff": DIFF}, [UNDEFINED], {"sums.py": there}).result
    assert lines(result) == {(5, "ruff", True), (6, "ruff", True)}
    assert result["verdict"] == "verified"
    assert (result["changes"], result["diff"]) == ([], "")


@pytest.mark.slow
def test_a_file_that_ends_so_is_a_diff(code: CodeTasks) -> None:
    files = {"change.patch": DIFF, "sums.py": BEFORE}
    result = code.run(review, {}, [UNDEFINED], files).result
    assert (6, "ruff", True) in lines(result)


@pytest.mark.slow
@pytest.mark.parametrize("files", [{}, {"sums.py": "something else\n"}])
def test_without_the_file_only_the_model_speaks(code: CodeTasks, files: dict[str, str]) -> None:
    result = code.run(review, {"diff": DIFF}, [UNDEFINED], files).result
    assert lines(result) == {(6, "model", False)}
    assert result["verdict"] == "unverified"


@pytest.mark.slow
def test_a_new_file_is_known_as_a_whole(code: CodeTasks) -> None:
    diff = "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+def f():\n+    return missing\n"
    result = code.run(review, {"diff": diff}, ['{"findings": []}']).result
    assert lines(result) == {(2, "ruff", True)}


@pytest.mark.parametrize(
    "told",
    [
        answer(1, "import os", "unused import"),  # not in the change
        answer(9, "return items[0]", "fails for none"),
        answer(5, "return sum(items)", "it was taken away"),
    ],
)
def test_what_is_not_in_the_new_lines_is_dropped(code: CodeTasks, told: str) -> None:
    result = code.run(review, {"diff": DIFF}, lambda asked: told, {"sums.py": BEFORE}).result
    assert not [one for one in result["findings"] if one["by"] == "model"]
    assert result["dropped"]


@pytest.mark.slow
def test_the_model_sees_what_went_without_a_number(code: CodeTasks) -> None:
    code.run(review, {"diff": DIFF}, [UNDEFINED])
    assert "      -|     return sum(items)" in code.asked[0].text
    assert "    5 +|     found = sum(items)" in code.asked[0].text


@pytest.mark.parametrize(
    ("diff", "said"),
    [
        ("nothing of the kind", "no unified diff"),
        (DIFF.replace("+    return fund\n", ""), "a hunk has not the lines"),
        (DIFF.replace("b/sums.py", "b/../../sums.py"), "not a path inside"),
        ("@@@ -1 -1 +1 @@@\n", "diff of a merge"),
    ],
)
def test_a_diff_that_is_none_is_refused(code: CodeTasks, diff: str, said: str) -> None:
    ended = code.run(review, {"diff": diff}, [])
    assert not ended.ok
    assert said in ended.outcome.reason


@pytest.mark.slow
def test_a_change_that_only_takes_away_is_nothing_to_check(code: CodeTasks) -> None:
    diff = "--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 1\n"
    result = code.run(review, {"diff": diff}, []).result
    assert (result["findings"], result["pieces"]) == ([], 0)
    assert result["verdict"] == "unverified"
