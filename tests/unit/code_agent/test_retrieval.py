"""The words of code, the pieces of a file, the places that a text names, and what is no source."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.languages.which import SPELLINGS, Language, language_of
from code_agent.retrieval.beginnings import beginning_of
from code_agent.retrieval.mentions import places_in
from code_agent.retrieval.pieces import MOST_LINES, Piece, pieces_of
from code_agent.retrieval.port import Passage
from code_agent.retrieval.unfit import MOST_BYTES, unfit_path, unfit_text
from code_agent.retrieval.words import (
    full_text_query,
    is_spoken_of,
    names_in,
    telling_words,
    words_of,
)

ANY = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("parseDuration", ["parse", "duration", "parseduration"]),
        ("parse_duration", ["parse", "duration", "parseduration"]),
        ("parse duration", ["parse", "duration"]),
        ("HTTPServer2", ["http", "server", "httpserver2"]),
        ("__init__", ["init"]),
        ("größeÄndern été", ["größeändern", "été"]),
        ("x = y + 404", ["404"]),
        ("世界樹", ["世界樹"]),
        ("a-b.c()", []),
    ],
)
def test_a_name_is_all_of_its_words(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


@given(ANY)
def test_any_text_is_a_query_of_quoted_words(text: str) -> None:
    query = full_text_query(text)
    for word in query.split(" OR ") if query else []:
        assert word[0] == word[-1] == '"'
        assert '"' not in word[1:-1]
    assert all(name.strip(".") for name in names_in(text) if name)


def test_names_are_what_is_spelled_quoted_or_called_like_code() -> None:
    text = "Why does `run` hang in Worker.stop, when retry(3) calls parse_all or HTTPServer again?"
    assert names_in(text) == ["run", "Worker.stop", "retry", "parse_all", "HTTPServer"]


@pytest.mark.parametrize(
    ("name", "text", "spoken_of"),
    [
        ("parse_duration", "Parse durations such as 5m.", True),
        ("parse_duration", "How long is a duration of 5m?", True),
        ("parseDuration", "How long is a duration of 5m?", True),
        ("parse_duration", "Parse the line.", False),
        ("Alarm", "Ring the alarms.", True),
        ("load_user_settings", "The settings of a user.", True),
        ("load_user_settings", "The settings.", False),
        ("split_words", "Split it into small functions.", False),
        ("write", "Write a function.", False),
        ("get_value", "Return the value.", False),
        ("__init__", "Initialise it: init().", False),
        ("id", "The idle ones.", False),
        ("", "Anything.", False),
    ],
)
def test_a_text_speaks_of_what_it_has_the_words_of(name: str, text: str, spoken_of: bool) -> None:
    assert is_spoken_of(name, telling_words(text)) is spoken_of


LONG_BODY = "        x += 1\n" * 30


@pytest.mark.parametrize(
    ("text", "symbol", "path", "beginning"),
    [
        ("def f(): pass", "f", "a.py", "def f(): pass"),
        (
            f"    @once\n    def f(\n        self, x\n    ):\n{LONG_BODY}",
            *("A.f", "a.py", "    @once\n    def f(\n        self, x\n    ): ..."),
        ),
        (
            f"class A:\n    x: int\n    y: str\n{LONG_BODY}",
            *("A", "a.py", "class A:\n    x: int\n    y: str\n        x += 1\n    ..."),
        ),
        (f"func (s *S) F(x int) {{\n{LONG_BODY}}}", "S.F", "a.go", "func (s *S) F(x int) ..."),
        (LONG_BODY, "A.f", "a.py", ""),
        ("word " * 100, "", "a.md", ""),
        (f"def f({'x, ' * 30}): pass", "f", "a.py", ""),
    ],
)
def test_what_is_long_has_its_beginning_shown(
    text: str, symbol: str, path: str, beginning: str
) -> None:
    assert beginning_of(Passage(path, 1, 9, text, symbol), 50) == beginning


PATHS = ["pkg/lock.py", "tests/lock.py", "pkg/deep/work.go", "src/main.rs", "lock.py"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('  File "/home/x/w/pkg/lock.py", line 45, in take', {"pkg/lock.py": {45}}),
        ('File "pkg/lock.py", line 4\nFile "pkg/lock.py", line 9', {"pkg/lock.py": {4, 9}}),
        ("deep/work.go:12:3: undefined: x", {"pkg/deep/work.go": {12}}),
        ("  --> src/main.rs:2:5", {"src/main.rs": {2}}),
        ("at f (./src/main.rs(7))", {"src/main.rs": {7}}),
        ("see lock.py", {"lock.py": set()}),
        ("see work.go", {"pkg/deep/work.go": set()}),
        ("C:\\w\\src\\main.rs:3", {"src/main.rs": {3}}),
        ("other.py:1 and os.path", {}),
    ],
)
def test_files_and_lines_are_found_in_what_tools_write(
    text: str, places: dict[str, set[int]]
) -> None:
    assert places_in(text, PATHS) == places


def test_a_name_that_many_files_have_names_none() -> None:
    paths = [f"{number}/__init__.py" for number in range(9)]
    assert places_in("__init__.py", paths) == {}
    assert places_in("3/__init__.py", paths) == {"3/__init__.py": set()}


def test_a_long_text_is_looked_through_in_no_time() -> None:
    began = time.thread_time()
    for text in ("a" * 200_000, "a." * 100_000, 'File "' * 30_000, "/" * 200_000, "`a." * 60_000):
        places_in(text, PATHS)
        names_in(text)
        full_text_query(text)
    assert time.thread_time() - began < 5


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a/vendor/b.go", "vendored"),
        ("node_modules/x/y.js", "vendored"),
        ("vendor", ""),
        ("build/make.py", ""),
        ("a/yarn.lock", "generated"),
        ("a/b.min.js", "minified"),
        ("a/b.js.map", "minified"),
        ("a/b.js", ""),
    ],
)
def test_what_others_made_is_told_by_its_path(path: str, why: str) -> None:
    assert unfit_path(path) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", ""),
        ("x = 1\n", ""),
        ("a naïve text \ufffd " * 20, ""),
        ("\ufffd\x01" * 20, "binary"),
        ("a\x00b", "binary"),
        ("\udcff\udcfe" * 20, "binary"),
        ("x" * (MOST_BYTES + 1), "too large"),
        ("é" * (MOST_BYTES // 2 + 1), "too large"),
        ("// Code generated by protoc. DO NOT EDIT.\n", "generated"),
        ("/* @generated */\n", "generated"),
        ("x\n" * 1000 + "# DO NOT EDIT\n", ""),
        ("a=1;" * 2000, "minified"),
        ("short line\n" * 100 + "data = '" + "x" * 3000 + "'\n", ""),
    ],
)
def test_what_nobody_wrote_is_told_by_its_text(text: str, why: str) -> None:
    assert unfit_text(text) == why


SOURCE = '''\
"""A module."""

import os

LIMIT = 3


# Tells the time.
@cache
class Clock(Base):
    """Of one place."""

    def now(self):
        def inner():
            return os.clock()

        return inner()

    zone = None

    # Sets it.
    def set(self, to): self.zone = Zone(to)
'''


def test_a_class_is_cut_into_its_methods_and_the_rest() -> None:
    found = pieces_of(SOURCE, "python")
    assert [(one.start_line, one.end_line, one.symbol) for one in found] == [
        (1, 5, ""),
        (8, 11, "Clock"),
        (13, 17, "Clock.now"),
        (19, 19, "Clock"),
        (21, 22, "Clock.set"),
    ]
    assert [one.header for one in found] == [
        *("", "", "class Clock(Base):", "", "class Clock(Base):")
    ]
    assert found[2].defines == ("Clock.now", "Clock.now.inner")
    assert {"os", "clock", "inner"} <= found[2].uses
    assert "Zone" in found[4].uses


def test_a_method_in_go_stands_under_its_type() -> None:
    source = (
        "package a\n\ntype Server struct {\n\tx int\n}\n\n// Runs.\nfunc (s *Server) Run() {}\n"
    )
    run = pieces_of(source, "go")[-1]
    assert (run.symbol, run.header, run.start_line) == ("Server.Run", "type Server struct", 7)


def test_a_long_text_is_cut_where_a_line_is_empty() -> None:
    text = "".join(f"{line}\n" if line % 10 else "\n" for line in range(1, 501))
    found = pieces_of(text, None)
    assert all(one.end_line - one.start_line < MOST_LINES for one in found)
    assert all(one.end_line % 10 == 9 for one in found)
    assert len(found) < 9


@given(st.sampled_from([None, *SPELLINGS]), ANY | st.sampled_from([SOURCE, SOURCE * 20]))
def test_every_line_that_is_not_empty_is_in_one_piece(language: Language | None, text: str) -> None:
    lines = text.split("\n")
    found = pieces_of(text, language)
    for one in found:
        assert one.text == "\n".join(lines[one.start_line - 1 : one.end_line])
    covered = [line for one in found for line in range(one.start_line, one.end_line + 1)]
    assert covered == sorted(set(covered))
    assert {at for at, line in enumerate(lines, 1) if line.strip()} <= set(covered)


def test_source_that_has_no_tree_is_cut_as_text() -> None:
    text = ")" * 100_000 + "\nx\n"
    assert pieces_of(text, "bash") == [Piece(1, 2, text.rstrip("\n"))]


def test_a_text_without_a_language_defines_nothing() -> None:
    assert language_of("notes.md") is None
    assert pieces_of("# A\n\ndef f(): pass\n", None)[0].defines == ()
