"""Numbers about code, and whether a change made them worse."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from code_agent.python import complexity as module
from code_agent.python.complexity import Facts, facts, worse


def of(body: str, head: str = "def f(a, b):") -> Facts:
    return facts(f"{head}\n{indent(dedent(body), '    ')}\n")["f"]


@pytest.mark.parametrize(
    ("body", "complexity", "depth"),
    [
        ("return a", 1, 0),
        ("if a:\n    return b", 2, 1),
        ("if a:\n    b()\nelif b:\n    a()\nelif a > 1:\n    pass\nelse:\n    pass", 4, 1),
        ("if a:\n    b()\nelse:\n    if b:\n        a()", 3, 2),
        ("return a and b or a", 3, 0),
        ("return 1 if a else 2", 2, 0),
        ("for x in a:\n    while x:\n        if b:\n            pass", 4, 3),
        (
            "try:\n    a()\nexcept ValueError:\n    b()\nexcept KeyError:\n    if a:\n        b()",
            4,
            2,
        ),
        ("with a:\n    b()", 1, 1),
        ("return [x for x in a if x if b]", 4, 0),
        (
            "match a:\n    case 1:\n        b()\n"
            "    case [x]:\n        b()\n    case _:\n        a()",
            3,
            1,
        ),
        ("match a:\n    case _ if b:\n        a()", 2, 1),
        ("def g():\n    if a:\n        return b\nreturn g", 2, 1),
        ("assert a", 2, 0),
    ],
)
def test_ways_and_depth(body: str, complexity: int, depth: int) -> None:
    found = of(body)
    assert (found.complexity, found.depth) == (complexity, depth)


def test_the_other_facts() -> None:
    found = of(
        '"""What it does."""\nfor x in a:\n    b(x)\nreturn [y for y in a]',
        head="async def f(self, a: int, *more: int, key: str = '') -> list:",
    )
    assert found == Facts(complexity=3, statements=3, depth=1, annotated=True)
    assert not of("return 1").annotated
    assert not of("return 1", "def f(a: int):").annotated


def test_methods_have_the_names_of_their_classes() -> None:
    source = "class Box:\n    def put(self): pass\n    class Lid:\n        def shut(self): pass\n"
    assert list(facts(source)) == ["Box.put", "Box.Lid.shut"]


PLAIN = "def f(a):\n    return a\n"
ONE_IF = "def f(a):\n    if a:\n        return 1\n    return a\n"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (PLAIN, PLAIN, []),
        (ONE_IF, PLAIN, []),
        (
            PLAIN,
            ONE_IF,
            ["f: its complexity was 1 and is 2", "f: its depth of blocks was 0 and is 1"],
        ),
        (PLAIN, PLAIN + ONE_IF.replace("f(", "g("), ["g is new, and its complexity is 2, not 1"]),
        (ONE_IF, PLAIN + ONE_IF.replace("f(", "g("), []),
        ("x = 1\n", ONE_IF, []),
        (ONE_IF, "", []),
    ],
)
def test_what_became_worse_is_told(before: str, after: str, told: list[str]) -> None:
    assert worse(before, after) == told


def test_no_file_is_worse_than_itself() -> None:
    for path in [Path(module.__file__), Path(module.__file__).with_name("idle.py")]:
        source = path.read_text()
        assert worse(source, source) == []


def test_what_is_no_python_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        facts("def f(:")
