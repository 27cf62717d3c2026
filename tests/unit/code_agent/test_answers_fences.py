"""Blocks are found as CommonMark finds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.fences import Block, blocks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("no fence", []),
        ("```python\nx = 1\n```\n", [Block("python", "x = 1\n", True)]),
        ("Here:\n\n```\nx\n```", [Block("", "x\n", True)]),
        ("~~~py\nx\n~~~\n", [Block("py", "x\n", True)]),
        ("```\na\n```\nand\n~~~go\nb\n~~~", [Block("", "a\n", True), Block("go", "b\n", True)]),
        # A fence inside of a fence.
        ("````md\n```python\nx\n```\n````\n", [Block("md", "```python\nx\n```\n", True)]),
        ("~~~\n```\nx\n```\n~~~\n", [Block("", "```\nx\n```\n", True)]),
        ("```python\n    ```\n```\n", [Block("python", "    ```\n", True)]),
        ("```\n``` python\n```\n", [Block("", "``` python\n", True)]),
        # Closed by a longer fence, with spaces about it.
        ("```\nx\n   `````  \t\n", [Block("", "x\n", True)]),
        # Indented.
        ("   ```js\n   a\n     b\n c\n   ```\n", [Block("js", "a\n  b\nc\n", True)]),
        ("    ```js\n    a\n    ```\n", []),
        # No fences at all.
        ("``x``\n``` a`b\n", []),
        ("text ```python\nx\n", []),
        # Unterminated.
        ("```python\nx = 1\n", [Block("python", "x = 1\n", False)]),
        ("```python", [Block("python", "", False)]),
        # What stands after the fence.
        ("``` Python title=a.py\n```", [Block("python", "", True)]),
        ("```python:src/a.py\n```", [Block("python", "", True)]),
        ("```{.python .numbers}\n```", [Block("python", "", True)]),
        ("```{python, echo=false}\n```", [Block("python", "", True)]),
        # Ends of lines are the answer's own.
        ("```py\r\nx\r\ny\r\n```\r\n", [Block("py", "x\r\ny\r\n", True)]),
        ("```py\rx\r```\r", [Block("py", "x\r", True)]),
        ("```py\nx\x0cy\u2028z\n```", [Block("py", "x\x0cy\u2028z\n", True)]),
    ],
)
def test_blocks(text: str, found: list[Block]) -> None:
    assert blocks(text) == found


@given(st.text())
def test_no_text_is_a_surprise(text: str) -> None:
    assert all(one.code in text or one.code.strip() for one in blocks(text) if one.code)


@given(st.text(), st.sampled_from("`~"), st.integers(0, 3), st.text(), st.text())
def test_code_comes_back_out_of_a_fence_that_is_long_enough(
    code: str, mark: str, indent: int, before: str, after: str
) -> None:
    fence = mark * max(3, *(len(run) + 1 for run in _runs(code, mark)))
    before = before.translate({ord("`"): None, ord("~"): None})
    if not code.endswith("\n"):
        code += "\n"
    text = f"{before}\n{fence}python\n{code}{fence}\n{after}"
    assert blocks(text)[0] == Block("python", code, True)


def _runs(text: str, mark: str) -> list[str]:
    found = [""]
    for one in text:
        if one == mark:
            found[-1] += one
        else:
            found.append("")
    return [*found, ""]
