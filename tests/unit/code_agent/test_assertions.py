"""Tests that could never fail are told from those that can."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.assertions import toothless

HEAD = """\
import contextlib
import pytest
from unittest.mock import Mock, MagicMock, patch
from code import f, Box

def check(a, b):
    assert a == b

"""


def of(body: str, before: str = "", arguments: str = "") -> str:
    return f"{HEAD}{before}def test_it({arguments}):\n{indent(dedent(body), '    ')}\n"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("f(1)", "asserts nothing"),
        ("pass", "asserts nothing"),
        ("assert True", "is true whatever"),
        ("assert 1 == 1", "a thing with itself"),
        ("assert 'x'", "is true whatever"),
        ("assert 2 + 2 == 4", "constants alone"),
        ("assert (f(1) == 2, 'why')", "is true whatever"),
        ("assert f(1) == 2 or True", "is true whatever"),
        ("assert not False", "is true whatever"),
        ("assert len(f(1)) >= 0", "is true whatever"),
        ("assert f(1) == f(1)", "a thing with itself"),
        ("assert f(1) in [f(1)]", "a thing with itself"),
        ("assert f(1) in (2, f(1))", "a thing with itself"),
        ("x = f(1)\nassert x in {2, x}", "a thing with itself"),
        ("x = f(1)\nassert x == f(1)", "a thing with itself"),
        ("x = f(1)\nassert f(1) == x", "a thing with itself"),
        ("x = f(1)\ny = f(1)\nassert x == y", "a thing with itself"),
        ("x = f(1)\nassert x is not None", "something is there"),
        ("assert not f(1) is None", "something is there"),
        ("assert callable(f)", "something is there"),
        ("assert isinstance(f(1), int)", "only asks for a type"),
        ("assert type(f(1)) is int", "only asks for a type"),
        ("assert isinstance(f(1), int) and f(2) is not None", "only asks for a type"),
        ("assert all(isinstance(x, int) for x in f(3))", "only asks for a type"),
        ("x = 5\nf(x)\nassert x == 5", "constants alone"),
        ("expected = [1, 2]\nassert expected == [1, 2]", "constants alone"),
        ("assert sorted([2, 1]) == [1, 2]", "constants alone"),
        ("m = Mock(return_value=3)\nassert m() == 3", "mocks alone"),
        ("with patch('os.getcwd') as m:\n    m.return_value = 3\nassert MagicMock().x", "mocks"),
        ("try:\n    assert f(1) == 2\nexcept Exception:\n    pass", "fail unnoticed"),
        ("try:\n    assert f(1) == 2\nexcept:\n    print('no')", "fail unnoticed"),
        ("with contextlib.suppress(AssertionError):\n    assert f(1) == 2", "fail unnoticed"),
        (
            "try:\n    f(1)\nexcept ValueError as e:\n    assert str(e) == 'x'",
            "only when something",
        ),
        ("with pytest.raises(Exception):\n    f(1)", "accepts any exception"),
        ("with pytest.raises(Exception):\n    assert f(1) == 2", "accepts any exception"),
        ("with pytest.raises(ValueError):\n    raise ValueError", "by the test itself"),
        ("pytest.raises(Exception, f, 1)", "accepts any exception"),
        ("return\nassert f(1) == 2", "is never reached"),
        ("if False:\n    assert f(1) == 2", "is never reached"),
        ("def inner():\n    assert f(1) == 2", "asserts nothing"),
        ("check(1, 1)", "constants alone"),
    ],
)
def test_a_test_that_could_not_fail_is_told_why(body: str, why: str) -> None:
    source = of(body)
    told = toothless(source)
    assert told
    assert why in told[0]
    assert told[0].startswith("line ")


@pytest.mark.parametrize(
    "body",
    [
        "assert f(1) == 2",
        "assert f(1)",
        "assert not f(1)",
        "assert f(1) is None",
        "assert f(1) in [2, 3]",
        "x = f(1)\nassert x == f(2)",
        "x = f(1)\nassert f(1) is x",
        "x = f(1)\nassert f(1) != x",
        "b = Box()\nx = b.get(1)\nb.put(2)\nassert b.get(1) == x",
        "n = [1]\nx = f(n)\nn.append(2)\nassert f(n) == x",
        "assert isinstance(f(1), int) and f(1) > 3",
        "assert f(1) is not None\nassert f(2) == 4",
        "x = []\nf(x)\nassert x == [1]",
        "seen = []\nf(lambda v: seen.append(v))\nassert seen == [1]",
        "total = 0\nfor x in [1, 2]:\n    total += f(x)\nassert total == 3",
        "with pytest.raises(ValueError):\n    f(-1)",
        "with pytest.raises(Exception, match='empty'):\n    f('')",
        "pytest.raises(ValueError, f, -1)",
        "with pytest.raises(ValueError) as caught:\n    f(-1)\nassert 'x' in str(caught.value)",
        "try:\n    f(-1)\n    assert False, 'it must raise'\nexcept ValueError:\n    pass",
        "try:\n    f(-1)\nexcept ValueError:\n    pass\nelse:\n    pytest.fail('no')",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    print('x')\n    raise",
        "try:\n    assert f(1) == 2\nfinally:\n    print('done')",
        "if f(1) != 2:\n    raise AssertionError('no')",
        "m = Mock()\nf(m)\nm.assert_called_once_with(3)",
        "m = Mock()\nf(m)\nassert m.call_count == 1",
        "check(f(1), 2)",
        "def inner():\n    assert f(1) == 2\ninner()",
        "for a, b in [(1, 2), (3, 4)]:\n    assert f(a) == b",
        "box = Box()\nbox.put(1)\nassert box.items == [1]",
        "assert all(x > 0 for x in f(3))",
        "assert len(f(3)) > 0",
    ],
)
def test_a_test_that_can_fail_is_left_in_peace(body: str) -> None:
    assert toothless(of(body), ["f", "Box"]) == []


def test_what_parametrize_gives_is_no_work_of_the_code() -> None:
    mark = "@pytest.mark.parametrize(('a', 'b'), [(1, 1)])\n"
    assert toothless(of("assert a == b", mark, "a, b"))
    assert toothless(of("f(a)\nassert a == b", mark, "a, b")) == []
    assert toothless(of("assert f(a) == b", mark, "a, b")) == []


def test_a_patched_argument_is_a_mock() -> None:
    source = of("assert m() == 3", "@patch('os.getcwd')\n", "m")
    assert "mocks alone" in toothless(source)[0]


@pytest.mark.parametrize(
    ("before", "body", "mark"),
    [
        ("@pytest.mark.skip\n", "assert f(1) == 2", "skip"),
        ("@pytest.mark.skipif(True, reason='x')\n", "assert f(1) == 2", "skipif"),
        ("@pytest.mark.xfail\n", "assert f(1) == 2", "xfail"),
        ("pytestmark = pytest.mark.skip\n", "assert f(1) == 2", "skip"),
        ("", "pytest.skip('later')\nassert f(1) == 2", "skip"),
    ],
)
def test_what_may_be_skipped_or_may_fail_proves_nothing(before: str, body: str, mark: str) -> None:
    assert toothless(of(body, before))[0].endswith(f"test_it has a `{mark}`")


def test_methods_of_test_classes_count_and_unittest_is_understood() -> None:
    source = dedent("""
        import unittest
        from code import f

        class TestF:
            def test_one(self):
                assert f(1) == 2

        class Cases(unittest.TestCase):
            def test_two(self):
                self.assertEqual(f(1), 2)
                self.assertIsInstance(f(1), int)
                with self.assertRaises(ValueError):
                    f(-1)

            def test_three(self):
                self.assertTrue(True)
                self.assertEqual(3, 3)
                self.assertIsNotNone(f(1))

            def helper(self):
                assert f(9)
    """)
    assert [one.partition(":")[0] for one in toothless(source, ["f"])] == [
        "line 17",
        "line 18",
        "line 19",
    ]


def test_a_target_that_is_never_used_is_told_unless_a_fixture_uses_it() -> None:
    other = of("import math\nassert math.sqrt(4) == 2")
    assert toothless(other, ["f"]) == ["line 9: test_it never uses f"]
    assert toothless(other, ["f", "Box.put"]) == ["line 9: test_it never uses f or Box.put"]
    fixture = "@pytest.fixture\ndef made():\n    return f(1)\n\n"
    assert toothless(of("assert made == 2", fixture, "made"), ["f"]) == []
    assert toothless(of("import code\nassert code.f(1) == 2"), ["f"]) == []


def test_a_module_without_tests_is_told() -> None:
    assert toothless("import os\n") == ["there is no test in it"]


def test_what_is_no_python_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        toothless("def test_it(:\n")


NAMES = st.sampled_from(["f(1)", "x", "Mock()", "None", "3", "[]", "len(x)"])


@given(NAMES, NAMES, st.sampled_from(["==", "is", "is not", "in", "and", "or", ">="]))
def test_any_assertion_is_judged(left: str, right: str, operator: str) -> None:
    source = of(f"x = 3\nassert {left} {operator} {right}")
    told = toothless(source)
    assert all(one.startswith("line ") and left in one for one in told)
