"""Whatever stands in source, reading it ends soon, and offsets stay within it."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from code_agent.languages.parsing import MOST_BYTES, PARSE_SECONDS, Unparsed, decoded, encoded
from code_agent.languages.references import references
from code_agent.languages.symbols import symbols
from code_agent.languages.syntax import MOST, syntax_errors
from code_agent.languages.which import SPELLINGS, Language, language_of

LANGUAGES = st.sampled_from(sorted(SPELLINGS))
PIECES = """
def class fn func function impl type export => = a b ( ) { } [ ] < > : ; , " ' ` ${ $( <<E @ #
#[ // /* */ é 🦊
"""
WORDS = st.lists(
    st.sampled_from([*PIECES.split(), "\n", "\n  ", "\t", "\x00", "\ud800", "\r"]), max_size=200
).map(" ".join)
ANY = st.one_of(WORDS, st.text(st.characters(codec=None), max_size=500))


@given(LANGUAGES, ANY)
@settings(deadline=None)
def test_any_text_is_read_and_every_symbol_stands_in_it(language: Language, source: str) -> None:
    length = len(encoded(source))
    lines = source.count("\n") + 1
    for one in symbols(language, source):
        assert 0 <= one.start_byte < one.end_byte <= length
        assert one.start_byte <= one.body_byte <= one.end_byte
        assert 1 <= one.start_line <= one.end_line <= lines
        assert one.name
    for trouble in syntax_errors(language, source):
        assert 1 <= trouble.line <= lines
        assert 1 <= trouble.column <= length + 1
        assert trouble.says.isprintable()
    assert all(references(language, source))


@given(st.text(st.characters(codec=None)))
def test_text_is_encoded_and_comes_back(source: str) -> None:
    assert decoded(encoded(source)) == source


@given(st.text(st.characters(codec=None), max_size=100), st.text(st.characters(codec=None)))
def test_any_name_and_first_line_may_be_asked_about(path: str, text: str) -> None:
    assert language_of(path, text) in {None, *SPELLINGS}
    assert language_of("x", f"#!{text}") in {None, *SPELLINGS}


OPENED = ["(", ")", "[", "{", "}", "<", '"', "'", "`${", "$(", "f{", "/*", "def f(", "class A:"]
REPEATED = [
    *OPENED,
    "impl A {",
    "function f() {",
    "if x:\n",
    "cat <<A\n",
    "x = ",
    "a.",
    "-",
    "@a\n",
]


@pytest.mark.few(12)
@pytest.mark.parametrize("piece", [*REPEATED, "\x00", "\ud800", "\r"])
@pytest.mark.parametrize("language", ["python", "typescript", "go", "rust", "bash"])
def test_the_same_again_and_again_is_read_or_refused_in_time(
    language: Language, piece: str
) -> None:
    source = piece * (10_000 // len(piece))
    began = time.thread_time()
    with suppress(Unparsed):
        assert len(syntax_errors(language, source)) <= MOST
        symbols(language, source)
        references(language, source)
    assert time.thread_time() - began < 4 * PARSE_SECONDS


@pytest.mark.slow
def test_a_parser_that_would_take_ten_seconds_is_stopped() -> None:
    began = time.thread_time()
    for source in (")" * 100_000, "\x00" * 100_000):
        with pytest.raises(Unparsed, match="not parsed within 2 seconds"):
            syntax_errors("bash", source)
    assert time.thread_time() - began < 3 * PARSE_SECONDS
    assert syntax_errors("bash", "echo\n") == []


def test_source_that_is_too_long_is_refused_and_not_called_right() -> None:
    with pytest.raises(Unparsed, match="longer than"):
        syntax_errors("python", "é" * (MOST_BYTES // 2) + "x")


def test_deep_source_is_read_to_its_ground() -> None:
    deep = 1000
    source = "".join(f"{' ' * level}def f{level}():\n" for level in range(deep))
    found = symbols("python", f"{source}{' ' * deep}pass\n")
    assert len(found) > 100
    assert all(len(one.parent) <= 500 for one in found)
    brackets = "[" * 100_000 + "]" * 100_000
    assert syntax_errors("javascript", f"x = {brackets}") == []
