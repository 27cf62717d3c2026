"""Words are laid out in three styles, and what they name is read back."""

from __future__ import annotations

import ast
import doctest
from typing import TypeGuard

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.docstring_params import STYLES, params_named, wrong_params
from code_agent.python.docstring_styles import Style, Words, rendered
from code_agent.python.docstrings import inserted, undocumented
from code_agent.python.symbols import find
from code_agent.unusable import Unusable

SOURCE = """\
def take(first: int, /, second: "str | None" = None, *rest, limit=3, **named) -> list[int]:
    if limit:
        raise ValueError
    return [first]

def each(n: int) -> Iterator[int]:
    yield n

def nothing(n) -> None:
    def inner(): return 1
    return

class Point:
    x: int
    y: int = 0

    def move(self, by: int) -> "Point": ...

    @staticmethod
    def at(x, y): return x

class Made:
    def __init__(self, size: int) -> None: pass

class Child(Made):
    def add(self, x): pass
"""
WORDS = Words(
    summary="take what is\n first",
    params={"limit": "at most", "first": "the  one", "*rest": "the others", "**named": "more"},
    returns="What there is.",
    yields="nothing",
)


def shown(style: Style) -> str:
    return rendered(WORDS, find(SOURCE, "take"), style, width=80)


def test_google() -> None:
    assert (
        shown("google")
        == """\
take what is first.

Args:
    first: the one
    *rest: the others
    limit: at most
    **named: more

Returns:
    What there is."""
    )


def test_numpy() -> None:
    assert (
        shown("numpy")
        == """\
take what is first.

Parameters
----------
first : int
    the one
*rest
    the others
limit
    at most
**named
    more

Returns
-------
list[int]
    What there is."""
    )


def test_sphinx() -> None:
    assert (
        shown("sphinx")
        == """\
take what is first.

:param first: the one
:param rest: the others
:param limit: at most
:param named: more
:returns: What there is."""
    )


@pytest.mark.parametrize("style", STYLES)
def test_what_is_written_is_read_back(style: Style) -> None:
    text = shown(style)
    assert params_named(text, style) == ["first", "rest", "limit", "named"]
    assert wrong_params(SOURCE, "take", text) == []
    assert wrong_params(SOURCE, "each", text) == ["first", "rest", "limit", "named"]
    source = inserted(SOURCE, "take", text)
    assert "take" not in [one.name for one in undocumented(source)]


@pytest.mark.parametrize("style", STYLES)
def test_long_lines_are_broken_at_the_files_length(style: Style) -> None:
    words = Words("word " * 40, params={"by": "word " * 40}, returns="word " * 40)
    text = rendered(words, find(SOURCE, "Point.move"), style, width=60)
    source = inserted(SOURCE, "Point.move", text)
    assert max(len(line) for line in source.splitlines()[13:]) <= 60
    assert params_named(text, style) == ["by"]


def test_a_sentence_ends() -> None:
    symbol = find(SOURCE, "nothing")
    said = {"Adds": "Adds.", "Adds.": "Adds.", "Adds?": "Adds?", "Adds `x`": "Adds `x`"}
    assert {one: rendered(Words(one), symbol, "google") for one in said} == said


def test_nothing_is_said_of_results_that_there_are_none_of() -> None:
    words = Words("It.", returns="Nothing.", yields="Numbers.")
    assert rendered(words, find(SOURCE, "nothing"), "sphinx") == "It."
    assert rendered(words, find(SOURCE, "each"), "sphinx") == "It.\n\n:yields: Numbers."
    assert rendered(words, find(SOURCE, "Point.move"), "sphinx") == "It.\n\n:returns: Nothing."
    assert rendered(words, find(SOURCE, "Point"), "sphinx") == "It."


def test_classes_have_the_parameters_that_they_are_made_with() -> None:
    words = Words("It.", params={"size": "How large."})
    assert ":param size:" in rendered(words, find(SOURCE, "Made"), "sphinx")
    words = Words("It.", params={"y": "Down."})
    assert rendered(words, find(SOURCE, "Point"), "numpy").endswith("y : int, optional\n    Down.")


def test_a_module_has_none() -> None:
    (module, *_) = undocumented(SOURCE)
    assert rendered(Words("It."), module, "google") == "It."
    with pytest.raises(Unusable, match="<module> has no parameter 'x'"):
        rendered(Words("It.", params={"x": "No."}), module, "google")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (Words(" "), "no summary"),
        (Words("It.", params={"other": "No."}), "take has no parameter 'other'"),
        (Words("It gives >>> take(1)"), "example, which nobody has run"),
        (Words("It.", returns=">>> print(1)"), "example, which nobody has run"),
        (Words("It.", params={"first": ">>> print(1)"}), "example, which nobody has run"),
        (Words("It.", returns=".. include:: /etc/passwd"), "include::, which tools would obey"),
        (Words("It.", returns=".. literalinclude :: x"), "which tools would obey"),
        (Words("It. .. |x| replace:: y"), "which tools would obey"),
    ],
)
def test_words_that_fit_no_such_symbol(words: Words, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        rendered(words, find(SOURCE, "take"), "google")


@pytest.mark.parametrize(
    ("docstring", "style", "names"),
    [
        (
            "S.\n\nArgs:\n    a (int): x\n        b: not one\n    c, d: x\n\n    e: x\nf: x",
            "google",
            "a c d e",
        ),
        (
            "S.\n\n    Arguments:\n      \\*args: x\n      **kw: x\n\n    Returns:\n      a: x",
            "google",
            "args kw",
        ),
        ("Args: none", "google", ""),
        ("Keyword Args:\n    anything: x", "google", ""),
        (
            "S.\n\nParameters\n----------\na, b : int\n    x : y\nc\n    x\n\n"
            "Returns\n-------\nd : int\n",
            "numpy",
            "a b c",
        ),
        ("    Other Parameters\n    ----------------\n    *a: int\n  b", "numpy", "a"),
        (
            ":param a: x\n:param int b: x\n  :param list[int] c: x\n:type d: int\n"
            ":arg e: x\n:raises F: x",
            "sphinx",
            "a b c d e",
        ),
        ("", "numpy", ""),
        ("---", "numpy", ""),
    ],
)
def test_parameters_that_are_named(docstring: str, style: Style, names: str) -> None:
    assert params_named(docstring, style) == names.split()


def test_parameters_that_there_are_none_of() -> None:
    assert wrong_params(SOURCE, "take", "Args:\n    self: x\n    first: y\n") == ["self"]
    assert wrong_params(SOURCE, "Point", ":param x: a\n:param z: b") == ["z"]
    assert wrong_params(SOURCE, "Point.move", ":param self: a\n:param by: b") == []
    assert wrong_params(SOURCE, "Point.at", ":param x: a\n:param z: b") == ["z"]
    assert wrong_params(SOURCE, "Child", ":param anything: its bases may take it") == []
    assert wrong_params(SOURCE, "<module>", ":param z: b") == ["z"]


LINES = st.sampled_from(
    [
        "Args:",
        "    a: x",
        "Parameters",
        "----------",
        "a : int",
        ":param a: x",
        "",
        "    ",
        "\t*a:",
        "x",
    ]
)


@given(st.lists(LINES | st.text(max_size=8)).map("\n".join))
def test_no_docstring_is_a_surprise(docstring: str) -> None:
    assert set(wrong_params(SOURCE, "take", docstring)).isdisjoint({"first", "rest"})


@given(st.text(), st.text(), st.sampled_from(STYLES))
def test_no_words_are_a_surprise(summary: str, says: str, style: Style) -> None:
    words = Words(f"S{summary}", {"first": f"a{says}"}, returns=says)
    try:
        text = rendered(words, find(SOURCE, "take"), style)
    except Unusable:
        return
    inserted(SOURCE, "take", text)


PARTS = st.lists(st.sampled_from([">>>", ">>> print(1)", "...", "\n", " ", "a " * 40, "\\"]))


@given(PARTS.map("".join), PARTS.map("".join), st.sampled_from(STYLES))
def test_no_words_are_run_by_doctest(summary: str, says: str, style: Style) -> None:
    told = {
        "take": Words(f"S{summary}", {"first": says}, returns=says),
        "each": Words(f"S{summary}", yields=says),
    }
    for name, words in told.items():
        try:
            text = rendered(words, find(SOURCE, name), style)
        except Unusable:
            continue
        [node] = [one for one in ast.parse(inserted(SOURCE, name, text)).body if _is(one, name)]
        assert not doctest.DocTestParser().get_examples(ast.get_docstring(node) or "")


def _is(node: ast.stmt, name: str) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name == name
