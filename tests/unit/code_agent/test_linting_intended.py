"""What a diagnostic asks for where that is other behaviour, and calls at the edges of lengths."""

from __future__ import annotations

import ast

import pytest

from code_agent.languages.difference import differences
from code_agent.linting.agreement import corrected
from code_agent.linting.boundaries import calls_at_boundaries
from code_agent.linting.intended import as_intended, is_told
from executors.projects.diagnostics import Diagnostic


def found(code: str, line: int, message: str = "") -> Diagnostic:
    return Diagnostic("a.py", line, 1, code, message or code)


FINALLY = """def f(log):
    try:
        log.read()
    finally:
        log.close()
        return 1
"""
AFTER_FINALLY = """def f(log):
    try:
        log.read()
    finally:
        log.close()
    return 1
"""


@pytest.mark.parametrize(
    ("code", "line", "before", "after"),
    [
        (
            "B006",
            1,
            "def f(a, b=[], *, c={}):\n    'Do.'\n    return b\n",
            "def f(a, b=None, *, c=None):\n    'Do.'\n    if b is None:\n        b = []\n"
            "    if c is None:\n        c = {}\n    return b\n",
        ),
        (
            "B008",
            2,
            "def f(\n    at=time(),\n):\n    return at\n",
            "def f(at=None):\n    if at is None:\n        at = time()\n    return at\n",
        ),
        ("B012", 6, FINALLY, AFTER_FINALLY),
        (
            "B023",
            2,
            "for one in range(3):\n    made.append(lambda n: n * one)\n",
            "for one in range(3):\n    made.append(lambda n, *, one=one: n * one)\n",
        ),
        (
            "F811",
            6,
            "def f(a=1):\n    return a\n\nx = 1\n\ndef f(a):\n    return -a\n",
            "x = 1\n\ndef f(a):\n    return -a\n",
        ),
        (
            "F811",
            3,
            "@kept\ndef f(): ...\ndef f(): ...\n",
            "@kept\ndef f(): ...\ndef f(): ...\n",
        ),
        ("E712", 1, "x = y == True\n", "x = y is True\n"),
        ("E721", 1, "x = type(y) == int\n", "x = type(y) is int\n"),
        (
            "E722",
            3,
            "try:\n    x()\nexcept:\n    y()\n",
            "try:\n    x()\nexcept Exception:\n    y()\n",
        ),
        ("F401", 1, "import os, ours\n\nx = 1\n", "import ours\n\nx = 1\n"),
        ("F401", 1, "import os\nx = 1\n", "x = 1\n"),
        ("F601", 1, "x = {'a': 1, 'b': 2, 'a': 3}\n", "x = {'b': 2, 'a': 3}\n"),
        ("F631", 1, "assert (x, 'y')\n", "assert x, 'y'\n"),
        ("F632", 1, "x = y is 0\n", "x = y == 0\n"),
        ("F901", 1, "raise NotImplemented\n", "raise NotImplementedError\n"),
        ("T201", 2, "if x:\n    print(1)\n", "if x:\n    pass\n"),
    ],
)
def test_what_a_rule_asks_for(code: str, line: int, before: str, after: str) -> None:
    assert ast.dump(ast.parse(as_intended(before, [found(code, line)])[0])) == ast.dump(
        ast.parse(after)
    )


def test_what_is_on_another_line_stays() -> None:
    text = "print(1)\nprint(2)\n"
    assert as_intended(text, [found("T201", 2)]) == ["print(1)\n"]
    assert as_intended(text, [found("W291", 2)]) == [text]


def test_a_true_value_may_be_asked_for_in_several_ways() -> None:
    text = "x = y == False\n"
    ways = as_intended(text, [found("E712", 1)])
    assert ways == ["x = y is False\n", "x = not y\n", text]


def test_an_own_mark_for_no_value_is_meant_too() -> None:
    usual, own = as_intended("def f(a=[]):\n    return a\n", [found("B006", 1)])
    assert "is None" in usual
    assert "None" not in own
    compile(own, "a.py", "exec")


def test_an_import_that_does_something_stays() -> None:
    text = "import readline, ours\nfrom . import sys\n"
    ways = as_intended(text, [found("F401", 1), found("F401", 2)])
    assert not differences({"a.py": text}, {"a.py": ways[0]})


def test_of_some_rules_nobody_knows_what_they_ask_for() -> None:
    assert not is_told([found("F821", 1)])
    assert not is_told([found("DTZ005", 1)])
    assert is_told([found("SIM110", 1), found("F632", 1)])


def test_what_is_gone_in_part_is_unclear() -> None:
    one, other = found("T201", 1), found("T201", 2)
    assert corrected([one, other], []).gone == (one, other)
    assert corrected([one, other], [one]).gone == ()
    assert corrected([one, other], [one]).unclear
    assert not corrected([one], [one]).unclear


def test_lengths_that_are_asked_for_are_tried() -> None:
    before = "def f(words):\n    return [w for w in words if len(w) > 8]\n"
    text = calls_at_boundaries(before, before.replace(">", ">="), 0)
    lengths = {
        len(word)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        for word in ast.literal_eval(node.args[0])
        if isinstance(word, str)
    }
    assert {7, 8, 9} <= lengths
    assert calls_at_boundaries(before, before, 0) == ""
