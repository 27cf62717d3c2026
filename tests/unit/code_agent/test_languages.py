"""Which language a file is in, what it defines and uses, and where it is not in its language."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from code_agent.languages.parsing import encoded
from code_agent.languages.references import references
from code_agent.languages.symbols import Symbol, symbols
from code_agent.languages.syntax import Trouble, syntax_errors
from code_agent.languages.which import SPELLINGS, Language, language_of

ROOT = Path(__file__).parents[3]

PYTHON = '''\
import os

class Clock(Base):
    """Tells the time."""

    @property
    def now(self) -> int:
        return os.clock()

    class Hand: pass

@cache
def parse_duration(text: str) -> int:
    def inner(): return 1
    return int(text) * inner()

type Pairs[T] = list[T]
'''
TYPESCRIPT = """\
import { read } from "./read";

@Injectable()
export class Server<T> extends Base {
  @log
  start(port: number): void { this.listen(port); }
  stop = async () => read();
}
export interface Port { open(): void }
type Name = string;
enum Colour { Red }
export const parseDuration = (text: string) => Number(text);
namespace Deep { export function down() {} }
declare function outside(): void;
const a = () => 1, b = () => 2;
"""
JAVASCRIPT = """\
exports.run = function () { return helper(1); };
function* numbers() {}
class A { #x = () => 1; get size() { return 2; } }
const { p, q } = require("x"), n = 1;
"""
GO = """\
package main

type (
	A struct{ next *B }
	B interface{ Do(x int) error }
)
type C = int

func (s *A) Do(x int) error { return other.Call(x) }
func (s List[T]) Len() int { return 0 }
func Map[T any]() {}
"""
RUST = """\
#[derive(Debug)]
/// A thing.
pub struct Thing<T> { size: T }

impl<T> Show for inner::Thing<T> {
    #[inline]
    fn show(&self) { print!(self.size); helper() }
}
trait Show { fn show(&self); }
mod deep { pub fn down() {} }
macro_rules! twice { () => {} }
enum Colour { Red }
"""
BASH = """\
function greet { echo "$NAME"; }
main() {
  greet "$(date)"
}
main
"""


def told(found: list[Symbol]) -> list[str]:
    return [f"{one.kind} {one.full_name} {one.start_line}-{one.end_line}" for one in found]


def test_python_is_read() -> None:
    assert told(symbols("python", PYTHON)) == [
        "class Clock 3-10",
        "method Clock.now 6-8",
        "class Clock.Hand 10-10",
        "function parse_duration 12-15",
        "function parse_duration.inner 14-14",
        "type Pairs 17-17",
    ]


def test_typescript_is_read() -> None:
    assert told(symbols("typescript", TYPESCRIPT)) == [
        "class Server 3-8",
        "method Server.start 5-6",
        "method Server.stop 7-7",
        "type Port 9-9",
        "type Name 10-10",
        "type Colour 11-11",
        "function parseDuration 12-12",
        "function Deep.down 13-13",
        "function outside 14-14",
        "function a 15-15",
        "function b 15-15",
    ]


def test_javascript_is_read() -> None:
    assert told(symbols("javascript", JAVASCRIPT)) == [
        "function run 1-1",
        "function numbers 2-2",
        "class A 3-3",
        "method A.#x 3-3",
        "method A.size 3-3",
    ]


def test_go_is_read() -> None:
    assert told(symbols("go", GO)) == [
        "type A 4-4",
        "type B 5-5",
        "type C 7-7",
        "method A.Do 9-9",
        "method List.Len 10-10",
        "function Map 11-11",
    ]


def test_rust_is_read() -> None:
    assert told(symbols("rust", RUST)) == [
        "type Thing 1-3",
        "method Thing.show 6-7",
        "class Show 9-9",
        "method Show.show 9-9",
        "function deep.down 10-10",
        "function twice 11-11",
        "type Colour 12-12",
    ]


def test_bash_is_read() -> None:
    assert told(symbols("bash", BASH)) == ["function greet 1-1", "function main 2-4"]


def test_tsx_holds_elements_and_types() -> None:
    source = "export const App = (p: Props) => <div>{p.name}</div>;\n"
    assert syntax_errors("tsx", source) == []
    assert told(symbols("tsx", source)) == ["function App 1-1"]
    assert syntax_errors("typescript", source) != []


def test_a_symbol_is_cut_out_with_all_that_belongs_to_it_and_nothing_else() -> None:
    source = f"# é ✓ 🦊\n{TYPESCRIPT}"
    content = encoded(source.replace("# ", "// "))
    cut = {
        one.full_name: content[one.start_byte : one.end_byte].decode()
        for one in symbols("typescript", content.decode())
    }
    assert cut["Server.start"] == "@log\n  start(port: number): void { this.listen(port); }"
    assert cut["parseDuration"].startswith("export const parseDuration = ")
    assert cut["parseDuration"].endswith("Number(text);")
    assert cut["a"] == "a = () => 1"
    assert cut["Server"].startswith("@Injectable()\nexport class Server")


def test_what_comes_before_a_body_says_how_it_is_called() -> None:
    content = PYTHON.encode()
    heads = {
        one.name: content[one.start_byte : one.body_byte].decode().strip()
        for one in symbols("python", PYTHON)
    }
    assert heads["parse_duration"] == "@cache\ndef parse_duration(text: str) -> int:"
    assert heads["Clock"] == "class Clock(Base):"


@pytest.mark.parametrize(
    ("language", "source", "used", "not_used"),
    [
        ("python", PYTHON, {"clock", "os", "Base", "cache", "inner"}, {"now", "Clock", "Hand"}),
        ("typescript", TYPESCRIPT, {"listen", "read", "Base", "log"}, {"Server", "Port", "start"}),
        ("javascript", JAVASCRIPT, {"helper", "require"}, {"numbers", "size"}),
        ("go", GO, {"other", "Call", "B"}, {"Map", "Len", "C"}),
        ("rust", RUST, {"helper", "print", "Show"}, {"down", "twice"}),
        ("bash", BASH, {"greet", "main", "NAME", "date", "echo"}, set()),
    ],
)
def test_names_that_are_used_are_counted(
    language: Language, source: str, used: set[str], not_used: set[str]
) -> None:
    found = references(language, source)
    assert used <= found.keys()
    assert found.keys().isdisjoint(not_used)


def test_a_name_counts_as_often_as_it_is_used() -> None:
    assert references("python", "f(1)\nf(2)\ndef f(): pass\n")["f"] == 2


GOOD: dict[Language, str] = {
    "python": PYTHON,
    "typescript": TYPESCRIPT,
    "javascript": JAVASCRIPT,
    "go": GO,
    "rust": RUST,
    "bash": BASH,
}


@pytest.mark.parametrize("language", GOOD)
def test_good_source_has_no_errors(language: Language) -> None:
    assert syntax_errors(language, GOOD[language]) == []


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("python", "x = 1\nde f(:\n"),
        ("python", "x = 1\nx = = 2\n"),
        ("javascript", "let x = 1;\nfunction ( {\n"),
        ("typescript", "let x: = 3;\n"),
        ("tsx", "let x = <div><p></div>;\n"),
        ("go", "package a\nfunc f( {\n"),
        ("rust", "fn main() { let = ; }\n"),
        ("bash", "if true; then\n  echo\n"),
    ],
)
def test_what_is_not_in_the_language_is_found(language: Language, source: str) -> None:
    assert syntax_errors(language, source)


def test_an_error_is_told_with_its_place_in_characters() -> None:
    assert syntax_errors("javascript", "x = 1\ny = 'é', );\n") == [
        Trouble(2, 8, "not understood: , )"),
    ]
    source = "let é = 'é', f = g(1;\n"
    assert syntax_errors("javascript", source) == [Trouble(1, 21, ") is missing")]


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("a/b.py", "", "python"),
        ("a/B.PY", "", "python"),
        ("a.pyi", "", "python"),
        ("a.mjs", "", "javascript"),
        ("a.jsx", "", "javascript"),
        ("a.d.ts", "", "typescript"),
        ("a.tsx", "", "tsx"),
        ("a.go", "", "go"),
        ("a.rs", "", "rust"),
        ("a.bash", "", "bash"),
        ("run", "#!/bin/sh\n", "bash"),
        ("run", "#!/usr/bin/env bash\n", "bash"),
        ("run", "#! /usr/bin/env -S PYTHONPATH=. python3.11 -u\n", "python"),
        ("run", "#!/usr/local/bin/node", "javascript"),
        ("run", "#!/usr/bin/env\n", None),
        ("run", "#!/usr/bin/perl\n", None),
        ("run", "python\n", None),
        ("a.txt", "", None),
        ("", "", None),
    ],
)
def test_a_language_is_told_by_suffix_or_first_line(
    path: str, text: str, language: Language | None
) -> None:
    assert language_of(path, text) == language


@pytest.mark.parametrize("language", SPELLINGS)
def test_a_comment_is_no_error_and_defines_nothing(language: Language) -> None:
    source = f"{SPELLINGS[language].line_comment} def f(): ) ]\n"
    assert syntax_errors(language, source) == []
    assert symbols(language, source) == []
    assert not references(language, source)


def test_nothing_is_loaded_before_it_is_needed() -> None:
    modules = [f.stem for f in (ROOT / "code_agent" / "languages").glob("*.py")]
    imports = "; ".join(f"import code_agent.languages.{one}" for one in modules if one[0] != "_")
    told = subprocess.run(
        [sys.executable, "-c", f"{imports}; import sys; print('tree_sitter' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "False\n"
