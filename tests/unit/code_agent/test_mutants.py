"""Faults put into a source: each alone, each real, none where tests cannot see it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python import mutants as module
from code_agent.python.mutants import mutants

SOURCES = [Path(module.__file__).with_name(name) for name in ("mutants.py", "offsets.py")]


def every(source: str) -> list[str]:
    return [one.says for one in mutants(dedent(source), most=1000)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return a < b", "`<` becomes `<=`"),
        ("return a == b", "`==` becomes `!=`"),
        ("return a is not b", "`is not` becomes `is`"),
        ("return a not in b", "`not in` becomes `in`"),
        ("return a + b", "`+` becomes `-`"),
        ("return a ** b", "`**` becomes `*`"),
        ("return (a) % (b)", "`%` becomes `*`"),
        ("return a and b", "`and` becomes `or`"),
        ("return not a", "`not` is gone"),
        ("return a + 7", "`7` becomes `8`"),
        ("return a + 7", "`7` becomes `6`"),
        ("return True", "`True` becomes `False`"),
        ('return a + "tail"', "`\"tail\"` becomes `''`"),
        ("return a(b)", "`a(b)` becomes `None`"),
        ("if a:\n        b()", "`a` becomes `(not (a))`"),
        ("return 1 if a else b", "`a` becomes `(not (a))`"),
        ("for x in a:\n        break", "`break` becomes `continue`"),
        ("while a:\n        continue", "`continue` becomes `break`"),
        ("return a[b:]", "`b` becomes `(b) + 1`"),
        ("return a[:3]", "`3` becomes `4`"),
        ("a += b", "`+=` becomes `-=`"),
    ],
)
def test_each_kind_of_fault_is_told_in_words(body: str, says: str) -> None:
    told = every(f"def f(a, b):\n    {body}\n")
    assert says in [one.partition(": ")[2] for one in told]


@pytest.mark.parametrize(
    "body",
    [
        "return [a * 1, a // 1, a ** 1, a + 0, a - 0]",
        'return [a + "x", "%d" % a, f"{a}" + a]',
        "while a:\n        a -= 1",
        "while a:\n        break",
    ],
)
def test_what_changes_nothing_only_breaks_or_never_ends_is_left_out(body: str) -> None:
    told = every(f"def f(a):\n    {body}\n")
    assert not [one for one in told if re.search(r"`(\*|//|\*\*|\+|-|%|-=|break)` becomes", one)]


def test_only_what_runs_in_a_function_is_changed() -> None:
    source = '''
        """Module 1."""
        LIMIT: "int" = 3

        class Box:
            """Class 1."""
            size = 5

            @memo(2)
            def f(self, a: "int" = 4) -> "int":
                """Doc 1 < 2."""
                b: "str" = a
                raise ValueError("nobody tests this 9")

        if __name__ == "__main__":
            print(1 + 2)
    '''
    assert every(source) == []


def test_what_is_said_to_a_log_is_not_changed() -> None:
    assert every('def f(log, a):\n    log.info("found %d", a + 7)\n    print(3)\n') == []


def test_every_mutant_is_another_program_and_one_change_away() -> None:
    for path in SOURCES:
        source = path.read_text()
        found = mutants(source, most=1000)
        dumps = {ast.dump(ast.parse(one.source)) for one in found}
        assert len(dumps | {ast.dump(ast.parse(source))}) == len(found) + 1
        for one in found:
            assert _changed(source, one.source) <= len(source) // 4, f"{path.name}: {one.says}"


def _changed(before: str, after: str) -> int:
    """How many characters lie between what both begin with and what both end with."""
    first = _same(before, after)
    last = _same(before[:first:-1], after[:first:-1])
    return len(before) - first - last


def _same(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def test_they_are_spread_over_functions_and_kinds() -> None:
    functions = "\n".join(
        f"def f{n}(a, b):\n    if a < b and not a:\n        return a + 7{n}\n    return b - 3\n"
        for n in range(4)
    )
    found = mutants(functions, most=8)
    assert sorted(one.function for one in found) == sorted([f"f{n}" for n in range(4)] * 2)
    assert len({one.kind for one in found}) >= 6


def test_the_seed_decides_which_ones() -> None:
    source = SOURCES[0].parent.joinpath("mutations.py").read_text()
    assert mutants(source, seed=1) == mutants(source, seed=1)
    assert mutants(source, seed=1) != mutants(source, seed=2)
    assert len(mutants(source)) == 12
    assert [one.line for one in mutants(source)] == sorted(one.line for one in mutants(source))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["f"], {"f", "Box.f"}),
        (["Box"], {"Box.f", "Box.g"}),
        (["Box.g"], {"Box.g"}),
        (["nothing"], set()),
    ],
)
def test_only_the_functions_asked_for_are_changed(names: list[str], found: set[str]) -> None:
    source = "def f():\n    return 1\nclass Box:\n    def f(self):\n        return 2\n"
    source += "    def g(self):\n        return 3\n"
    assert {one.function for one in mutants(source, names)} == found


def test_places_are_right_behind_wide_characters_and_windows_line_ends() -> None:
    source = 'def f(a):\r\n    """é"""\r\n    return "äöü€😀", (a\r\n      # <\r\n      < 3)\r\n'
    flipped = [one for one in mutants(source) if "`<=`" in one.says]
    assert [one.source for one in flipped] == [source.replace("< 3", "<= 3")]
    assert flipped[0].line == 5


def test_what_is_no_python_is_said_so() -> None:
    with pytest.raises(SyntaxError):
        mutants("def f(:\n")


@given(st.text(max_size=200))
def test_any_text_is_python_or_a_syntax_error(text: str) -> None:
    try:
        mutants("def f(a):\n    return a < (\n" + text + "\n)\n")
    except SyntaxError:
        return
