"""What of a model's answer is taken for tests, and why the rest is not."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from code_agent.python.otherwise import otherwise
from code_agent.testing.reading import Reading, read_tests, rid_of
from code_agent.testing.subject import Subject, Target, public_names
from code_agent.unusable import Unusable

AREA = "from __future__ import annotations\n\ndef area(a: Any) -> int:\n    return a * 2\n"
SHAPES = """
import math
from decimal import Decimal
from .sizes import UNIT

LIMIT = 10

def area(width, height):
    return width * height

def around(radius):
    return math.pi * radius

class Stack:
    def push(self, item):
        self.items = [item]

class Empty(Exception):
    pass

def _own():
    return LIMIT
"""


def target(name: str = "area", source: str = SHAPES) -> Target:
    return Target(Subject("pkg/shapes.py", source, "pkg.shapes", ".", "test_shapes.py"), name)


def test_what_is_too_long_to_be_shown_is_named() -> None:
    assert target().left_out == []
    imports = "".join(f"from somewhere.far_away import name_of_{n}\n" for n in range(50))
    crowded = target("area", f"{imports}{SHAPES}")
    assert crowded.left_out == ["pkg/shapes.py: imports and constants from line 36 on"]
    assert "name_of_34\n" in crowded.shown
    assert "name_of_35" not in crowded.shown
    assert crowded.shown.endswith("return width * height\n")
    long = target(
        "area", SHAPES.replace("    return width", "    width += 1\n" * 500 + "    return width")
    )
    assert long.left_out == ["pkg/shapes.py: the end of area"]


def read(code: str, name: str = "area") -> Reading:
    return read_tests(f"```python\n{code}\n```", target(name))


def only(code: str, name: str = "area") -> str:
    [test] = read(code, name).tests
    return test.source


def why_not(code: str, name: str = "area") -> str:
    with pytest.raises(Unusable) as caught:
        read(code, name)
    return caught.value.reason


def test_what_is_public_is_tested_unless_it_does_nothing() -> None:
    assert public_names(SHAPES) == ["area", "around", "Stack"]


def test_the_import_is_ours() -> None:
    wanted = "from pkg.shapes import area\n\n\ndef test_it():\n    assert area(2, 3) == 6\n"
    test = "def test_it():\n    assert area(2, 3) == 6\n"
    heads = ("", "from your_module import area\n", "from shapes import *\n", "import unused\n")
    assert [only(head + test) for head in heads] == [wanted] * len(heads)


def test_a_copy_of_the_code_is_left_out() -> None:
    copied = (
        "def area(width, height):\n    return 6\n\ndef test_it():\n    assert area(2, 3) == 6\n"
    )
    assert "return 6" not in only(copied)
    assert only(copied).startswith("from pkg.shapes import area")


def test_what_a_test_needs_comes_along() -> None:
    source = only(
        "import pytest\nSIDES = [1, 2]\ndef sides():\n    return SIDES\n@pytest.fixture\n"
        "def box():\n    return sides()\ndef unneeded(): ...\n"
        "def test_it(box):\n    assert area(*box) == Decimal(2) * UNIT * math.floor(1) / LIMIT\n"
    )
    for needed in (
        "import pytest",
        "SIDES = [1, 2]",
        "def sides",
        "def box",
        "from decimal import Decimal",
        "import math",
        "from pkg.shapes import UNIT",
        "from pkg.shapes import LIMIT",
    ):
        assert needed in source
    assert "unneeded" not in source


def test_a_class_becomes_functions() -> None:
    reading = read(
        "import unittest\n"
        "class TestArea(unittest.TestCase):\n"
        "    def setUp(self):\n        self.width = 2\n"
        "    def test_usual(self):\n        self.assertEqual(area(self.width, 3), 6, 'why')\n"
        "    def test_none(self):\n        self.assertFalse(area(0, 3))\n"
        "    def test_wrong(self):\n        with self.assertRaises(TypeError):\n"
        "            area(None, None)\n"
        "    def test_near(self):\n        self.assertAlmostEqual(area(1, 3), 3.0)\n"
        "    def test_odd(self):\n        assert area(self.id(), 3) == 3\n"
    )
    told = [ast.unparse(test.function).splitlines()[1:] for test in reading.tests]
    assert told == [
        ["    width = 2", "    assert area(width, 3) == 6, 'why'"],
        ["    assert not area(0, 3)"],
        ["    with pytest.raises(TypeError):", "        area(None, None)"],
        ["    assert area(1, 3) == pytest.approx(3.0)"],
    ]
    assert list(reading.refused) == ["test_odd"]


def test_several_blocks_are_as_good_as_one() -> None:
    blocks = [f"```python\ndef test_{n}():\n    assert area({n}, 1) == {n}\n```" for n in (1, 2)]
    assert [test.name for test in read_tests("\nand\n".join(blocks), target()).tests] == [
        "test_1",
        "test_2",
    ]


def test_of_one_answer_twelve_are_taken() -> None:
    tests = (f"def test_{n}():\n    assert area({n}, 1) == {n}\n" for n in range(14))
    reading = read("".join(tests))
    assert len(reading.tests) == 12
    why = "of one answer 12 tests are taken"
    assert reading.refused == {"test_12": why, "test_13": why}


def test_the_same_test_by_another_name_counts_once() -> None:
    reading = read(
        "def test_a():\n    assert area(1, 1) == 1\n"
        'def test_b():\n    """Why."""\n    assert area(1, 1) == 1\n'
        "def test_c():\n    assert area(1, 2) == 2\n"
    )
    fresh = rid_of(reading, set())
    assert [test.name for test in fresh.tests] == ["test_a", "test_c"]
    assert rid_of(reading, {test.mark for test in fresh.tests}).tests == []


BAD = {
    "    area(2, 3)": "asserts nothing",
    "    assert True": "is true whatever",
    "    assert area(2, 3) or True": "is true whatever",
    "    assert area(2, 3) is not None": "only says that something is there",
    "    assert 2 * 3 == 6": "is about constants alone",
    "    assert around(1) > 3": "never uses area",
    "    try:\n        assert area(2, 3) == 7\n    except Exception:\n        pass": "caught",
    "    def area(a, b):\n        return a\n    assert area(2, 3) == 2": "in the place of area",
    "    area = lambda a, b: 6\n    assert area(2, 3) == 6": "in the place of area",
    "    from unittest.mock import Mock as area\n    assert area(2, 3) == 6": "the place of area",
    "    monkeypatch.setattr('pkg.shapes.area', max)\n    assert area(2, 3) == 3": "place of",
    "    monkeypatch.setattr(shapes, 'area', max)\n    assert area(2, 3) == 3": "place of area",
    "    shapes.area = max\n    assert shapes.area(2, 3) == 3": "in the place of shapes.area",
    "    with patch('shapes.area', return_value=6):\n        assert area(2, 3) == 6": "place of",
    "    pytest.skip()\n    assert area(2, 3) == 6": "skip",
    "    area(2, 3)\n    assert 'width' in inspect.getsource(area)": "looks at inspect.getsource",
    "    area(2, 3)\n    assert area.__code__.co_consts == (None,)": "not at what the code does",
    "    c = getattr(area, '__code__')\n    assert c == 1": "looks at __code__",
    "    c = getattr(area, '__co' + 'de__')\n    assert c == 1": "looks at getattr(area,",
    "    c = area.__getattribute__('__code__')\n    assert c == 1": "looks at __code__",
    "    c = vars(type(area))\n    assert 'co_consts' in dir(c)": "looks at co_consts",
    "    area(2, 3)\n    assert sys.getsizeof(area) == 160": "looks at sys.getsizeof",
    "    t = time.process_time_ns()\n    assert area(2, 3) and t < 9": "never twice the same",
    "    assert timeit.timeit(lambda: area(2, 3)) < 9": "never twice the same",
    "    assert len(inspect.signature(area).parameters) == 2": "looks at inspect.signature",
    "    assert area.__defaults__ is None and area.__name__ == 'area'": "looks at __",
    "    t = open(pkg.shapes.__file__)\n    assert area and t.read() == ''": "looks at __file__",
    "    assert area(random.randint(1, 2), 1) < 3": "depends on random.randint",
    "    assert area(datetime.datetime.now().year, 1) > 3": "depends on datetime.datetime.now",
    "    os._exit(0)\n    assert area(2, 3) == 6": "ends the process",
    "    assert eval('area(2, 3)') == area(2, 3)": "runs text as code",
}


@pytest.mark.parametrize("body", BAD)
def test_what_proves_nothing_is_refused_with_a_reason(body: str) -> None:
    assert BAD[body] in why_not(f"def test_it(monkeypatch):\n{body}\n")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("async def test_it():\n    assert area(2, 3) == 6", "asynchronous"),
        ("@patch('pkg.shapes.area')\ndef test_it(area):\n    assert area(1) == 6", "the place of"),
        ("area = max\ndef test_it(area):\n    assert area(2, 3) == 3", "in the place of area"),
        ("def check():\n    assert area(1, 1) == 1", "no test function"),
        ("def test_it(:\n    pass", "no Python"),
        ("@pytest.mark.skip\ndef test_it():\n    assert area(1, 1) == 1", "skip"),
    ],
)
def test_what_is_no_test_is_refused_with_a_reason(code: str, why: str) -> None:
    assert why in why_not(code)


@pytest.mark.parametrize(
    "body",
    [
        "    monkeypatch.setattr(Stack, 'push', max)\n    s = Stack()\n    assert s.push(1) == 1",
        "    Stack.push = max\n    assert Stack.push(1, 2) == 2",
        "    with patch.object(Stack, 'push'):\n        assert Stack().push(1) == 1",
    ],
)
def test_a_part_of_a_class_cannot_be_replaced_either(body: str) -> None:
    assert "in the place of Stack" in why_not(f"def test_it(monkeypatch):\n{body}\n", "Stack")


@pytest.mark.parametrize("what", ["s, 'push', max", "'pkg.shapes.Stack.push', max"])
def test_a_method_that_is_tested_cannot_be_replaced(what: str) -> None:
    body = f"    s = Stack()\n    monkeypatch.setattr({what})\n    assert s.push(1) == 1"
    why = why_not(f"def test_it(monkeypatch):\n{body}\n", "Stack.push")
    assert "puts something else in the place of" in why


def test_what_the_code_needs_may_be_replaced() -> None:
    assert only(
        "def test_it(monkeypatch):\n    monkeypatch.setattr('pkg.shapes.around', max)\n"
        "    assert area(2, 3) == 6"
    )


@pytest.mark.parametrize(
    "body",
    [
        "    assert inspect.isgenerator(area(2, 3)) is False",
        "    assert type(area(2, 3)).__name__ == 'int'",
        "    with pytest.raises(TypeError) as e:\n        area(1)\n    assert e.type.__name__ == 2",
        "    assert area('a.py', 1) == 'a.py'",
    ],
)
def test_what_is_about_values_is_no_look_at_the_code(body: str) -> None:
    assert only(f"def test_it():\n{body}")


def test_what_the_code_looks_at_its_tests_may_look_at_too() -> None:
    source = "import inspect\n\ndef same(f):\n    return inspect.signature(f)\n"
    body = "def test_it():\n    assert same(max) == inspect.signature(max)\n"
    assert read_tests(f"```python\n{body}```", target("same", source)).tests


@pytest.mark.parametrize("source", [AREA, "def f(a):\n    'Doc.'\n", "async def f(): ...\n"])
def test_the_same_code_is_written_otherwise(source: str) -> None:
    other = otherwise(source)
    assert other is not None
    assert not {"def", "area", "return", "Doc"} & set(re.findall(r"\w+", other))
    found: dict[str, Any] = {"__file__": "m.py", "__name__": "m"}
    exec(other, found)  # noqa: S102  made above, of plain code
    assert public_names(source) == [name for name in found if name in public_names(source)]


@pytest.mark.parametrize("body", ["return locals()", "return inspect.stack()", "return f.__code__"])
def test_code_that_may_notice_is_not_written_otherwise(body: str) -> None:
    assert otherwise(f"def f():\n    {body}\n") is None


def test_chance_that_is_seeded_is_none() -> None:
    assert "random" in only(
        "def test_it():\n    n = random.Random(1).randint(1, 9)\n    assert area(n, 1) == n"
    )


@settings(max_examples=60)
@given(some.text(alphabet="def test_(): \n`area=assertxyz\"'1#", max_size=200))
def test_whatever_is_answered_is_read_or_refused(text: str) -> None:
    try:
        reading = read_tests(text, target())
    except Unusable as error:
        reading = Reading(refused={"all": error.reason})
    assert reading.tests or all(reading.refused.values())
