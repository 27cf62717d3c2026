"""The result of a code- task, as a terminal and a pipe get it."""

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.cli.code_report import say_code_result
from ygg.cli.code_result import is_code_result

TASK = "1qf6dn9s6qjd"
DIFF = "--- a/slow.py\n+++ b/slow.py\n@@ -1,2 +1 @@\n-total = 0\n+total = sum(numbers)\n same\n"
RESULT = {
    "verdict": "refuted",
    "reason": "tests: 1 of 4 failed",
    "checks": [
        {"name": "parses", "passed": True, "says": "3 functions"},
        {"name": "tests", "passed": False, "says": "1 of 4 failed", "exit_code": 1},
        {"name": "types", "passed": None, "says": "there is no mypy"},
    ],
    "changes": [{"path": "slow.py", "before": "a" * 64, "after": "b" * 64, "content": "x"}],
    "diff": DIFF,
    "branch": None,
    "model": {"name": "qwen2.5-coder:3b", "digest": "sha256:0123456789abcdef"},
    "cost": {"calls": 3, "tokens_in": 1000, "tokens_out": 204, "seconds": 12.3},
    "tries": [
        {"verdict": "refuted", "why": "tests: 2 of 4 failed", "temperature": 0.0, "repair": False},
        {"verdict": "refuted", "why": "tests: 1 of 4 failed", "temperature": 0.4, "repair": True},
    ],
    "left_out": ["other.py"],
}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def said(result, out):
    with contextlib.redirect_stdout(out):
        say_code_result(TASK, result)
    return out.getvalue()


def piped(result):
    return said(result, io.StringIO())


@pytest.fixture(autouse=True)
def colours(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def test_a_pipe_gets_it_as_plain_text():
    assert piped(RESULT) == (
        "refuted: tests: 1 of 4 failed\n"
        "\n"
        "CHECK   STATE   SAYS\n"
        "parses  passed  3 functions\n"
        "tests   failed  1 of 4 failed\n"
        "types   open    there is no mypy\n"
        "\n"
        "TRY  STATE    HOW                      WHY\n"
        "  1  refuted  temperature 0            tests: 2 of 4 failed\n"
        "  2  refuted  repair, temperature 0.4  tests: 1 of 4 failed\n"
        "\n"
        f"DIFF\n{DIFF}"
        "\n"
        "model      qwen2.5-coder:3b 0123456789ab\n"
        "cost       3 questions, 1,204 tokens, 12s\n"
        "left out   other.py\n"
    )


def test_a_terminal_gets_colours():
    shown = said(RESULT, Terminal())
    for text, colour in (
        ("refuted", 31),
        ("passed", 32),
        ("failed", 31),
        ("open  ", 33),
        ("-total = 0", 31),
        ("+total = sum(numbers)", 32),
        ("@@ -1,2 +1 @@", 36),
    ):
        assert f"\x1b[{colour}m{text}\x1b[0m" in shown


def test_nothing_in_a_change_steers_a_terminal_or_hides():
    hidden = "+x = 1  \x1b[8m# evil\x1b[0m\r\n+\u202ey\u200b\x1b]0;title\x07\n"
    shown = said(
        RESULT | {"diff": hidden, "reason": "a\x1b[2Jb", "left_out": ["\x1b[2J"]}, Terminal()
    )
    assert "␛[8m# evil␛[0m␍" in shown
    assert "+\\u202ey\\u200b␛]0;title␇" in shown
    assert [each for each in ("\x1b[8m", "\x1b[2J", "\u202e", "\x07", "\r") if each in shown] == []


def test_findings_are_places_that_an_editor_finds():
    findings = [
        {"file": "a.py", "line": 3, "severity": "high", "message": "zero", "proven": True},
        {"file": "b.py", "message": "whole\nfile", "proven": False},
    ]
    shown = piped(RESULT | {"findings": findings, "changes": [], "diff": None})
    advisory = "(advisory: no machine confirms it)"
    assert f"\nFINDINGS\na.py:3: high: zero\nb.py: whole file {advisory}\n" in shown
    assert "DIFF" not in shown


def test_a_long_diff_is_where_it_is_kept():
    assert f"ygg artifact {TASK} change.patch" in piped(RESULT | {"diff": None})


def test_a_branch_is_named_with_its_commits():
    branch = {"name": f"ygg/{TASK}", "commit": "c" * 40, "base": "d" * 40, "pushed": True}
    told = f"branch     ygg/{TASK} at {'c' * 12}, upon {'d' * 12}, pushed\n"
    assert told in piped(RESULT | {"branch": branch})


def test_what_only_one_label_has_is_told_too():
    more = {"stopped": "the same error\ntwice", "fixed": 3, "dropped": {"silent": 2}, "left": []}
    shown = piped({"verdict": "verified", "checks": []} | more)
    words = "stopped: the same error twice\nfixed: 3\n"
    assert shown == f'verified\n\n{words}\nDROPPED\n{{\n  "silent": 2\n}}\n'


def test_what_a_linter_left_reads_like_a_finding():
    left = {"file": "a.py", "line": 4, "code": "F401", "message": "unused", "why": "no answer"}
    shown = piped({"verdict": "unverified", "checks": [], "left": [left]})
    assert shown == "unverified\n\nLEFT\na.py:4: F401: unused (no answer)\n"


def test_verdict_and_no_checks_are_enough():
    assert piped({"verdict": "unverified", "checks": []}) == "unverified\n"


numbers = st.floats() | st.integers() | st.sampled_from([10**400, -1, 1e308])
names = st.sampled_from(
    [
        "name",
        "passed",
        "says",
        "verdict",
        "why",
        "temperature",
        "repair",
        "file",
        "severity",
        "proven",
        "line",
        "message",
        "commit",
        "base",
        "pushed",
        "digest",
        "calls",
        "tokens_in",
        "tokens_out",
        "seconds",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=6) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)
keys = st.sampled_from([*RESULT, "findings", "stopped"])


@given(st.dictionaries(keys, anything), st.sampled_from(["verified", "unverified", "refuted"]))
def test_a_result_of_any_shape_is_printed(changed, verdict):
    result = RESULT | changed | {"verdict": verdict}
    if is_code_result(result):
        assert said(result, Terminal()).startswith("\x1b[")
        assert piped(result).startswith(verdict)


def test_what_json_allows_beyond_numbers_is_left_out():
    cost = json.loads('{"calls": NaN, "tokens_in": Infinity, "tokens_out": -1, "seconds": 1e999}')
    assert "cost" not in piped(RESULT | {"cost": cost})
