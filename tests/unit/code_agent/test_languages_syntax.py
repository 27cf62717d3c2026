"""Whether a text is source of its language, and if not, why."""

from __future__ import annotations

import pytest

from code_agent.languages.parsing import MOST_BYTES
from code_agent.languages.syntax import parses, trouble_in
from code_agent.languages.which import Language


@pytest.mark.parametrize(
    ("language", "source", "says"),
    [
        ("python", "x = 1\n", None),
        ("python", "x = 1\ndef f(:\n", "line 2: invalid syntax"),
        # Only Python itself knows of this.
        ("python", "return 1\nreturn 2\nx = f(**a, *b)\n", "line 3: "),
        ("javascript", "let x = 1;\n", None),
        ("javascript", "let x = f(1;\n", "line 1: ) is missing"),
        ("go", " " * (MOST_BYTES + 1), "longer than"),
    ],
)
def test_what_is_no_source_of_its_language_is_told(
    language: Language, source: str, says: str | None
) -> None:
    trouble = trouble_in(language, source)
    assert parses(language, source) is (trouble is None)
    assert (trouble or "").startswith(says or "")
    assert (trouble is None) is (says is None)
