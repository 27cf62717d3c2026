"""What only shows that code works is left off; what it does never changes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from code_agent.python.bare import bare

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("def f():\n    return 1\n\nprint(f())\n", "def f():\n    return 1\n"),
        ("def f():\n    return 1\n\nassert f() == 1\n", "def f():\n    return 1\n"),
        (
            "import x\n\ndef f():\n    return 1\n\n@x.mark\ndef test_f():\n    assert f()\n",
            "import x\n\ndef f():\n    return 1\n",
        ),
        (
            'def f():\n    return 1\n\nif __name__ == "__main__":\n    f()\n',
            "def f():\n    return 1\n",
        ),
        (
            '"""Said first."""\n\nA = 1\n\ndef f():\n    return A\n',
            '"""Said first."""\n\nA = 1\n\ndef f():\n    return A\n',
        ),
        ("print(1)\n", "print(1)\n"),
        ("def f(): return 1\nx = f(); print(x)\n", "def f(): return 1\nx = f(); print(x)\n"),
    ],
)
def test_what_is_left(source: str, left: str) -> None:
    assert bare(source) == left


OWN = sorted(
    one
    for one in (ROOT / "code_agent").rglob("*.py")
    if one.stem != "ygg_canary"  # it holds tests, which are left off
)


@pytest.mark.parametrize("path", OWN, ids=lambda one: one.stem)
def test_definitions_stay_as_they_are(path: Path) -> None:
    source = path.read_text()
    kept = [
        one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef | ast.ClassDef)
    ]
    after = [
        one
        for one in ast.parse(bare(source)).body
        if isinstance(one, ast.FunctionDef | ast.ClassDef)
    ]
    assert [ast.dump(one) for one in after] == [ast.dump(one) for one in kept]
