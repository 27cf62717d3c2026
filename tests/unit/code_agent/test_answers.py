"""Of what a model says, exactly one piece of code is its answer, or there is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.answers import code_of
from code_agent.languages.which import Language
from code_agent.unusable import Unusable

ADD = "def add(a, b):\n    return a + b\n"
MUL = "def mul(a, b):\n    return a * b\n"


def fenced(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}```\n"


@pytest.mark.parametrize(
    "text",
    [
        ADD,
        f"# Adds.\n{ADD}",
        fenced(ADD),
        f"Sure! Here it is:\n\n{fenced(ADD)}\nIt adds.",
        fenced(ADD, ""),
        fenced(ADD, "Py"),
        fenced(ADD, "text"),
        fenced("pip install it\n", "bash") + fenced(ADD),
        fenced("3\n", "text") + fenced(ADD, ""),
        fenced(ADD) + "As I said:\n" + fenced(ADD),
        "```markdown\n" + fenced(ADD, "python").replace("```", "~~~") + "```\n",
        f"<think>First:\n{fenced(MUL)}no.</think>\n{fenced(ADD)}",
        fenced(ADD) + "```\n",
        f"1. It adds:\n   ```python\n   {ADD.replace(chr(10), chr(10) + '   ')}\n   ```\n",
    ],
)
def test_one_piece_of_code_is_the_answer(text: str) -> None:
    assert code_of(text, "python").removeprefix("# Adds.\n").strip() == ADD.strip()


def test_what_was_asked_for_tells_the_answer_from_examples() -> None:
    text = fenced(ADD) + "Use it so:\n" + fenced("print(add(1, 2))\n")
    assert code_of(text, "python", defines=["add"]) == ADD
    with pytest.raises(Unusable, match="ambiguous: the answer holds 2 different blocks of python"):
        code_of(text, "python")


def test_two_answers_are_none() -> None:
    text = fenced(ADD) + "Or:\n" + fenced(ADD.replace("a + b", "sum((a, b))"))
    with pytest.raises(Unusable, match=r"ambiguous: .* 2 different blocks that define add"):
        code_of(text, "python", defines=["add"])


def test_several_blocks_without_what_was_asked_for_are_none() -> None:
    with pytest.raises(Unusable, match="2 blocks, none of which defines div"):
        code_of(fenced(ADD) + fenced(MUL), "python", defines=["div"])


def test_methods_and_constants_can_be_asked_for() -> None:
    stack = "LIMIT = 3\nclass Stack:\n    def push(self, x): self.x = x\n"
    text = fenced(ADD) + fenced(stack)
    assert code_of(text, "python", defines=["Stack.push", "LIMIT"]) == stack


def test_broken_code_in_the_only_block_is_the_answer() -> None:
    assert code_of(fenced("def add(:\n"), "python") == "def add(:\n"


def test_an_open_fence_counts_only_when_the_model_came_to_its_end() -> None:
    text = f"```python\n{ADD}"
    with pytest.raises(Unusable, match="cut off"):
        code_of(text, "python", ended=False)
    assert code_of(text, "python") == ADD


def test_what_was_cut_off_after_the_code_does_not_matter() -> None:
    assert code_of(fenced(ADD) + "This function ad", "python", ended=False) == ADD


def test_code_without_a_fence_that_was_cut_off_is_no_answer() -> None:
    with pytest.raises(Unusable, match="cut off"):
        code_of(ADD, "python", ended=False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("<think>Let me see: " + fenced(ADD), "empty"),
        ("I cannot do that.", "prose"),
        ("Sorry", "prose"),
        ("a, b", "prose"),
        (f"Here it is:\n{ADD}", "prose"),
        ("```python\n```\n", "prose"),
        (fenced('{"a": 1}\n', "json"), "no python: its code is marked as json"),
        (fenced("fn main() {}\n", "rust"), "marked as rust"),
    ],
)
def test_what_is_no_answer(text: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        code_of(text, "python")


def test_other_languages_are_told_apart_too() -> None:
    go = "func Add(a, b int) int {\n\treturn a + b\n}\n"
    use = "x := Add(1, 2)\n"
    assert code_of(fenced(go, "golang") + fenced(use, "go"), "go", defines=["Add"]) == go
    bash = "add() {\n  echo $(($1 + $2))\n}\n"
    assert code_of(fenced(bash, "sh") + fenced("add 1 2\n", "sh"), "bash", defines=["add"]) == bash
    js = "class A {\n  push(x) { this.x = x }\n}\n"
    found = code_of(fenced(js, "js") + fenced("a.push(1)\n"), "javascript", defines=["A.push"])
    assert found == js


@pytest.mark.parametrize("marked", ["tsx", "ts", "typescript", "jsx", ""])
def test_typescript_with_elements_is_marked_in_several_ways(marked: str) -> None:
    code = "const Box = () => <b>1</b>;\n"
    assert code_of(fenced(code, marked), "tsx") == code


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("rust", "fn main() {}"),
        ("javascript", "const add = (a, b) => a + b;"),
        ("bash", "#!/bin/sh\necho 1"),
        ("bash", "add() { echo $(($1 + $2)); }"),
    ],
)
def test_text_without_fences_is_code_if_it_can_be_read_so(language: Language, code: str) -> None:
    assert code_of(code, language) == code


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("rust", "Here is what you asked for."),
        ("javascript", "Sorry"),
        ("tsx", "a, b"),
        ("bash", "I cannot do that."),
        ("bash", "# Sorry\nI cannot do that."),
    ],
)
def test_a_sentence_is_no_code_although_it_can_be_read_so(language: Language, text: str) -> None:
    with pytest.raises(Unusable, match="prose"):
        code_of(text, language)


PIECES = st.sampled_from(
    [
        "```",
        "````",
        "~~~",
        "python",
        "\n",
        " ",
        "def f():",
        "\n    ",
        "...",
        "x = 1",
        "\0",
        "\r",
        "(" * 90,
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join), st.booleans())
def test_no_answer_is_a_surprise(text: str, ended: bool) -> None:
    languages: tuple[Language, ...] = ("python", "go")
    for language in languages:
        with suppress(Unusable):
            assert code_of(text, language, defines=["f"], ended=ended).strip()
