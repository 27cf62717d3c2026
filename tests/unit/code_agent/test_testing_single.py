"""A test taken apart into its claims, and put together with others."""

from __future__ import annotations

import ast
import json

from code_agent.testing.assembling import assembled
from code_agent.testing.coverage import read_coverage
from code_agent.testing.reading import read_tests
from code_agent.testing.single import OneTest, cases, claim_at, up_to, with_cases, without
from code_agent.testing.subject import Subject, Target


def made(code: str, name: str = "area") -> list[OneTest]:
    source = f"class {name}: ...\n" if name[0].isupper() else f"def {name}(a, b): ...\n"
    target = Target(Subject("shapes.py", source, "shapes", ".", "test_shapes.py"), name)
    return read_tests(f"```python\n{code}\n```", target).tests


def body(test: OneTest | None) -> list[str]:
    assert test is not None
    return ast.unparse(test.function).splitlines()[1:]


def test_a_claim_that_is_not_so_is_taken_out() -> None:
    [test] = made(
        "def test_it():\n    wide = 2\n    assert area(wide, 3) == 6\n    assert area(1, 1) == 2\n"
        "    high = 4\n    assert area(1, high) == 4\n    print(high)\n"
    )
    assert claim_at(test, 5) is None
    assert claim_at(test, 6) == 1
    assert claim_at(test, 7) == 2
    assert body(up_to(test, 2)) == ["    wide = 2", "    assert area(1, 1) == 2"]
    assert body(without(test, 2)) == [
        "    wide = 2",
        "    assert area(wide, 3) == 6",
        "    high = 4",
        "    assert area(1, high) == 4",
    ]


def test_what_a_method_does_still_happens_without_its_claim() -> None:
    [test] = made(
        "def test_it():\n    s = Stack()\n    assert s.pop() == 2\n    assert s.pop() == 1\n",
        "Stack",
    )
    assert body(up_to(test, 2)) == ["    s = Stack()", "    s.pop()", "    assert s.pop() == 1"]
    assert body(without(test, 1)) == ["    s = Stack()", "    s.pop()", "    assert s.pop() == 1"]


def test_nothing_is_left_without_the_only_claim() -> None:
    [test] = made("def test_it():\n    n = 2\n    assert area(n, 3) == 6\n")
    assert without(test, 1) is None


def test_cases_are_claims_too() -> None:
    [test] = made(
        "@pytest.mark.parametrize('a, b', [(1, 1), (2, 4)])\n"
        "def test_it(a, b):\n    assert area(a, a) == b\n"
    )
    assert [ast.unparse(one) for one in cases(test) or ()] == ["(1, 1)", "(2, 4)"]
    assert "[(2, 4)])" in with_cases(test, [1]).source
    assert "(1, 1)" not in with_cases(test, [1]).source


def test_a_file_reads_as_if_written_at_once() -> None:
    tests = made(
        "import pytest\nimport math\nfrom shapes import area\nBOX = (1, 2)\n"
        "def test_it():\n    assert area(*BOX) == math.floor(2)\n"
        "def test_other():\n    with pytest.raises(TypeError):\n        area()\n"
    ) + made("def test_it():\n    assert area(5, 5) == 25\n")
    found = assembled(tests, "shapes")
    assert list(found.tests) == ["test_it", "test_other", "test_it_2"]
    assert found.text.startswith(
        "import math\n\nimport pytest\n\nfrom shapes import area\n\n\nBOX = (1, 2)\n\n\ndef test_it"
    )
    assert found.text.count("import area") == 1


def test_a_name_that_means_two_things_leaves_one_of_them_out() -> None:
    tests = [
        *made("BOX = (1, 2)\ndef test_one():\n    assert area(*BOX) == 2\n"),
        *made("BOX = (3, 3)\ndef test_two():\n    assert area(*BOX) == 9\n"),
    ]
    found = assembled(tests, "shapes")
    assert list(found.tests) == ["test_one"]
    assert "BOX" in found.clashing["test_two"]


SOURCE = "def area(a, b):\n    if a:\n        return a * b\n    return 0\n"


def report(**told: object) -> bytes:
    file = {
        "executed_lines": [1, 2, 4],
        "missing_lines": [3],
        "executed_branches": [[2, 4]],
        "missing_branches": [[2, 3]],
    } | told
    return json.dumps({"files": {"shapes.py": file}}).encode()


def test_coverage_is_read() -> None:
    assert read_coverage(report(), SOURCE) == (
        frozenset({1, 2, 4}),
        frozenset({(2, 4)}),
        4,
        2,
    )


def test_coverage_that_cannot_be_is_not_believed() -> None:
    for wrong in (
        report(executed_lines=[1, 2, 99]),
        report(executed_lines=[1, 2, 3]),
        report(executed_branches=[[0, 4]]),
        report(executed_branches=[[2, 3]]),
        report(executed_lines="all"),
        report(missing_lines=None),
        b"",
        b"[]",
        b'{"files": {"a.py": {}, "b.py": {}}}',
        b"[" * 100_000,
    ):
        assert isinstance(read_coverage(wrong, SOURCE), str)
