"""Each check of a result says what it ran, how that ended, and on what."""

from __future__ import annotations

import re
from typing import Any

import pytest

from code_agent.handlers.code_document import document
from code_agent.handlers.code_fix import fix
from code_agent.handlers.code_fix_lint import fix_lint
from code_agent.handlers.code_generate import generate
from code_agent.handlers.code_refactor import refactor
from code_agent.handlers.code_review import review
from code_agent.handlers.code_test import write_tests
from executors.handler import Handler
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.scripted_model import Asked, Script

SPEC = "Add two whole numbers."
ADDS = "def add(a, b):\n    return a + b\n"
LONG = "def add(a, b):\n    total = a + b\n    return total\n"
UNUSED = "def add(a, b):\n    unused = 1\n    return a + b\n"
TESTS = "from sums import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
MORE = f"{TESTS}    assert add(5, 7) == 12\n\n\ndef test_zero():\n    assert add(4, 0) == 4\n"
WORDS = '{"summary": "Add two numbers a and b.", "params": {"a": "One.", "b": "The other."}, '
FINDING = (
    '{"findings": [{"line": 3, "quote": "return total", "severity": "error",'
    ' "message": "Too long.", "raises": ""}]}'
)
BROKEN: dict[str, str | bytes] = {"sums.py": ADDS.replace("+", "-"), "test_sums.py": MORE}
FAILING: dict[str, str | bytes] = {"sums.py": UNUSED, "test_sums.py": MORE.replace("12", "13")}
JAVASCRIPT = "export function add(a, b) {\n  const sum = a + b;\n  return sum;\n}\n"


def always(text: str) -> Script:
    def answer(asked: Asked) -> str:
        return text

    return answer


Case = tuple[Handler, dict[str, Any], dict[str, str | bytes], str, set[str]]
CASES: dict[str, Case] = {
    "document": (
        document,
        {"names": ["add"]},
        {"sums.py": ADDS},
        WORDS + '"returns": "Their sum."}',
        set(),
    ),
    "review": (review, {}, {"sums.py": LONG}, FINDING, {"ruff", "mypy"}),
    "generate": (
        generate,
        {"spec": SPEC, "tests": MORE, "name": "sums.py"},
        {},
        block(ADDS),
        {"imports", "types", "tests", "an idle function fails"},
    ),
    "generate, untested": (
        generate,
        {"spec": SPEC},
        {},
        block(ADDS),
        {"imports", "types"},
    ),
    "generate, javascript": (
        generate,
        {"spec": SPEC, "name": "sums.js"},
        {},
        block(JAVASCRIPT, "js"),
        set(),
    ),
    "refactor": (
        refactor,
        {"guidance": "Shorten it, nicely.", "files": ["sums.py"]},
        {"sums.py": LONG, "test_sums.py": MORE},
        block(ADDS),
        {"tests", "tests reach it"},
    ),
    "refactor, tests that fail": (
        refactor,
        {"interface": True, "files": ["sums.py"]},
        FAILING,
        block(ADDS),
        {"tests", "same behaviour"},
    ),
    "refactor, javascript": (
        refactor,
        {},
        {"sums.js": JAVASCRIPT},
        block(JAVASCRIPT.replace("const sum = a + b;\n  return sum", "return a + b"), "js"),
        set(),
    ),
    "test": (
        write_tests,
        {},
        {"sums.py": ADDS},
        block(MORE),
        {"collected", "any order", "mutants", "coverage", "source untouched"},
    ),
    "test, nothing to break": (
        write_tests,
        {},
        {"sums.py": "def nothing():\n    pass\n"},
        block("from sums import nothing\n\n\ndef test_it():\n    assert nothing() is None\n"),
        {"collected", "any order", "coverage", "source untouched"},
    ),
    "fix-lint": (
        fix_lint,
        {"select": ["F841"]},
        {"sums.py": UNUSED},
        block(ADDS),
        {"ruff", "all of it", "same behaviour"},
    ),
    "fix-lint, tests that fail": (
        fix_lint,
        {"select": ["F841"], "files": ["sums.py"]},
        FAILING,
        block(ADDS),
        {"ruff", "all of it", "tests"},
    ),
    "fix": (
        fix,
        {},
        BROKEN,
        block(ADDS),
        {"failing tests", "tests", "tests unchanged", "tests again"},
    ),
    "fix, by a constant": (
        fix,
        {},
        BROKEN | {"test_sums.py": TESTS},
        block(ADDS.replace("a + b", "a * b - 1")),
        {"an idle function fails"},
    ),
    "fix, with a rival": (
        fix,
        {},
        BROKEN,
        block(ADDS.replace("a + b", "max(0, a + b)")),
        {"no rival"},
    ),
    "fix, still wrong": (fix, {}, BROKEN, block(ADDS.replace("+", "*")), {"tests"}),
}
"""Of each what the model answers, and the checks that a program made."""


@pytest.mark.few(2)
@pytest.mark.parametrize("case", CASES)
def test_each_check_tells_what_it_ran_how_it_ended_and_on_what(code: CodeTasks, case: str) -> None:
    handler, params, files, answer, by_programs = CASES[case]
    ended = code.run(handler, {"answers": 2, **params}, always(answer), files)
    checks: Any = ended.result["checks"]
    assert checks, ended.outcome.reason
    for check in checks:
        assert re.fullmatch("[0-9a-f]{64}", check["of"]), check
        # What no program ran, this one read: it has no command, and nothing that could end.
        assert (check["exit_code"] is None) == (check["command"] == []), check
    ran = {check["name"] for check in checks if check["command"]}
    assert by_programs <= ran, [(one["name"], one["says"]) for one in checks]
