"""One function of a file written anew: what fits, what is refused, and that the rest stays."""

from __future__ import annotations

import pytest

from code_agent.fixing.replacing import replaced
from code_agent.languages.pieces import Piece, pieces_of
from code_agent.languages.which import Language
from code_agent.unusable import Unusable

JS = """\
// Sums.
const fs = require('fs');

class Stack {
  push(x) {
    this.items.push(x);
  }
}

export const add = (a, b) => a - b;
exports.mul = function (a, b) {
  return a / b;
};
export default function half(n) { return n; }
"""
GO = """\
package sums

import "fmt"

// Add adds.
func Add(a int) int {
	return a
}

func (s *Stack) Push(x int) {
	fmt.Println(x)
}
"""
RUST = "impl Stack {\n    pub fn push(&mut self, x: i32) {\n        self.items.pop();\n    }\n}\n"


def piece(text: str, language: Language, name: str) -> Piece:
    return next(one for one in pieces_of("a", language, text) if one.name == name)


def made(text: str, language: Language, name: str, answer: str) -> str:
    return replaced(text, piece(text, language, name), answer)


@pytest.mark.parametrize(
    ("text", "language", "name", "answer", "old", "new"),
    [
        (JS, "javascript", "add", "const add = (a, b) => a + b;",
         "export const add = (a, b) => a - b;", "export const add = (a, b) => a + b;"),
        (JS, "javascript", "add", "function add(a, b) { return a + b; }",
         "export const add = (a, b) => a - b;", "export function add(a, b) { return a + b; }"),
        (JS, "javascript", "mul", "function mul(a, b) {\n  return a * b;\n}",
         "exports.mul = function (a, b) {\n  return a / b;\n};",
         "exports.mul = function mul(a, b) {\n  return a * b;\n};"),
        (JS, "javascript", "half", "function half(n) { return n / 2; }",
         "export default function half(n) { return n; }",
         "export default function half(n) { return n / 2; }"),
        (JS, "javascript", "Stack.push", "push(x) {\n  this.items.unshift(x);\n}",
         "    this.items.push(x);\n  }", "    this.items.unshift(x);\n  }"),
        (JS, "javascript", "Stack.push",
         "class Stack {\n  push(x) {\n    this.items.unshift(x);\n  }\n}",
         "this.items.push", "this.items.unshift"),
        (GO, "go", "Add",
         'package sums\n\nimport "fmt"\n\nfunc Add(a int) int {\n\treturn 2 * a\n}',
         "return a", "return 2 * a"),
        (GO, "go", "Stack.Push", "func (s *Stack) Push(x int) {\n\tfmt.Println(2 * x)\n}",
         "Println(x)", "Println(2 * x)"),
        (RUST, "rust", "Stack.push", "pub fn push(&mut self, x: i32) {\n    self.items.push(x);\n}",
         "self.items.pop()", "self.items.push(x)"),
    ],
)  # fmt: skip
def test_only_the_function_becomes_another(
    text: str, language: Language, name: str, answer: str, old: str, new: str
) -> None:
    assert text.count(old) == 1
    assert made(text, language, name, answer) == text.replace(old, new)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("const other = 1;", "does not define add"),
        ("const add = (a, b) => a + b", ""),
        ("const add = (a, b => a + b;", "no javascript"),
        ("const add = () => 1;\nconst add = () => 2;", "ambiguous"),
        ("const add = () => 1;\nfs.unlinkSync('x');", "holds more than add"),
        ("const add = () => 1;\nfunction helper() {}", "holds more than add"),
        ("", "does not define add"),
    ],
)
def test_what_is_more_or_less_than_the_function_is_refused(answer: str, why: str) -> None:
    if not why:
        assert "a + b" in made(JS, "javascript", "add", answer)
        return
    with pytest.raises(Unusable, match=why):
        made(JS, "javascript", "add", answer)


def test_a_method_s_class_may_not_bring_other_methods() -> None:
    answer = "class Stack {\n  push(x) {}\n  pop() {}\n}"
    with pytest.raises(Unusable, match="holds more"):
        made(JS, "javascript", "Stack.push", answer)


def test_strings_of_several_lines_keep_what_is_in_them() -> None:
    answer = "push(x) {\n  this.text = `\n  as it is\n`;\n}"
    assert "`\n  as it is\n`" in made(JS, "javascript", "Stack.push", answer)


def test_ends_of_lines_stay_as_they_are() -> None:
    text = JS.replace("\n", "\r\n")
    found = made(text, "javascript", "mul", "function mul(a, b) {\n  return a * b;\n}")
    assert found.count("\n") == found.count("\r\n") == text.count("\r\n")


BROKEN = "class A:\n    def f(self):\n        return (1\n\n    def g(self):\n        return 2\n"


def test_lines_of_a_broken_file_are_replaced() -> None:
    found = made(BROKEN, "python", "A.f", "def f(self):\n    return 1\n")
    assert found == BROKEN.replace("(1\n\n", "1\n\n")
    found = made(BROKEN, "python", "A.f", "class A:\n    def f(self):\n        return 1\n")
    assert found == BROKEN.replace("(1\n\n", "1\n\n")


def test_a_file_that_stays_broken_at_the_same_place_is_refused() -> None:
    with pytest.raises(Unusable, match="still no Python"):
        made(BROKEN + "\ndef h(:\n    pass\n", "python", "A.g", "def g(self):\n    return 2\n")


def test_something_else_may_be_wrong_further_down() -> None:
    text = BROKEN + "\ndef h(:\n    pass\n"
    assert "return 1\n" in made(text, "python", "A.f", "def f(self):\n    return 1\n")


@pytest.mark.parametrize("answer", ["def g(self):\n    return 1\n", "def f(self:\n    pass\n", ""])
def test_what_is_not_the_function_of_a_broken_file_is_refused(answer: str) -> None:
    with pytest.raises(Unusable):
        made(BROKEN, "python", "A.f", answer)
