"""A task whose model goes away is handed back: that is no failure, and refutes nothing."""

from __future__ import annotations

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
from tests.integration.code_agent.conftest import CodeTasks
from tests.scripted_model import Cut
from ygg.task import Ending

ADDS = "def add(a, b):\n    unused = 1\n    return a + b\n"
TESTS = "from sums import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
PLAIN: dict[str, str | bytes] = {"sums.py": ADDS}
WRONG: dict[str, str | bytes] = {"sums.py": ADDS.replace("+", "-"), "test_sums.py": TESTS}
Case = tuple[Handler, dict[str, Any], dict[str, str | bytes]]
LABELS: dict[str, Case] = {
    "document": (document, {}, PLAIN),
    "review": (review, {}, PLAIN),
    "generate": (generate, {"spec": "Add two numbers: add(1, 2) == 3"}, {}),
    "refactor": (refactor, {"guidance": "Shorten it."}, PLAIN),
    "test": (write_tests, {}, PLAIN),
    "fix-lint": (fix_lint, {"select": ["F841"]}, PLAIN),
    "fix": (fix, {}, WRONG),
}


@pytest.mark.few(1)
@pytest.mark.parametrize("label", LABELS)
def test_a_task_goes_back_when_its_model_goes_away(code: CodeTasks, label: str) -> None:
    handler, params, files = LABELS[label]
    outcome = code.run(handler, params, [Cut("```python\ndef add(")], files).outcome
    assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "unavailable"), outcome.reason
    assert (outcome.verdict, outcome.result) == (None, None)
    assert len(code.asked) == 1
