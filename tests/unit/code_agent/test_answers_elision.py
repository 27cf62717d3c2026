"""An answer that leaves something out is refused; one that only looks like it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.elision import elided

OURS = [
    path
    for folder in ("ygg", "coordinator", "executors", "code_agent")
    for path in sorted(Path(folder).rglob("*.py"))
]
FULL = "def f(a):\n    b = a + 1\n    return b\n"


@pytest.mark.parametrize(
    "comment",
    [
        "...",
        "…",
        "... rest unchanged",
        "... (rest of the code)",
        "...existing code...",
        "rest of the code",
        "Rest of the code remains unchanged.",
        "rest of your implementation here",
        "the rest of the function stays the same",
        "remaining methods unchanged",
        "existing code",
        "existing code here",
        "previous code ...",
        "other methods remain the same",
        "other functions are omitted",
        "unchanged",
        "(unchanged)",
        "no changes here",
        "same as before",
        "Same as above",
        "as before",
        "omitted for brevity",
        "The helper functions are left as is",
        "everything else is unchanged",
        "TODO: implement",
        "TODO implement this function",
        "FIXME: add the logic",
        "todo(me): write it",
        "implement the rest here",
        "Your code here",
        "your code goes here",
        "Implementation goes here",
        "implementation here",
        "add your code here",
        "[rest of code]",
        "<existing code>",
        "[... remaining lines ...]",
        "--- rest of the file ---",
        "keep the rest as is",
        "unchanged code here",
        "code continues",
        "other functions as they were",
        "remaining methods below are the same as in your version",
        "helpers as in the original",
        "imports as before",
        "the class continues as in your version",
        "No changes to the imports.",
        "methods omitted",
    ],
)
def test_comments_that_stand_for_code(comment: str) -> None:
    assert elided(f"{FULL}    # {comment}\n") == (
        f"line 4: a comment stands for what was left out: # {comment}"
    )
    for language in ("javascript", "go", "rust"):
        assert elided(f"f(1)\n  // {comment}\n", language=language)
        assert elided(f"f(1)\n  /* {comment} */\n", language=language)
    assert elided(f"f 1\n# {comment}\n", language="bash")
    assert elided(f"{FULL}# {comment}\n", original=f"x = 1\n# {comment}\n") is None


@pytest.mark.parametrize(
    "comment",
    [
        "add one to what is here",
        "the order of the others is unchanged by this sort",
        "existing files are kept",
        "Other methods",
        "same length: compare them",
        "Rest of the division",
        "write the header",
        "TODO: faster for long lists",
        "the original code point",
        "Implement the protocol of iterators",
        "all of them",
        "as before, but sorted",
        "a...z",
        "...and then some",
        "... but a class of one's own may do it",
        "Same as above, but printed",
        "Variables that do not exist are left unchanged.",
        "mount, umount, …",
        "1, 2, ..., n",
        "wait for the remaining workers",
        "other parts of the path",
        "keep the original",
        "the same function",
        "the others are unchanged",
        "the code is as long as before",
        "helpers as in the original order of calls",
        "continue with the rest",
        "imports that are not used any more",
        "keep the body of the request",
        "the same class of numbers",
        "method names are kept",
        "as it is in the tests of pytest",
        "unchanged if it is empty",
    ],
)
def test_comments_that_only_tell(comment: str) -> None:
    assert elided(f"{FULL}    # {comment}\n") is None
    assert elided(f"f(1)  // {comment}\n", language="go") is None


@pytest.mark.parametrize(
    ("source", "original", "why"),
    [
        ("def f(a): ...\n", "", "f has no body but `...`"),
        ("def f(a):\n    return ...\n", "", "f has no body but `...`"),
        ("def f(a): ...\n", FULL, "f has no body any more but `...`"),
        ("def f(a):\n    pass\n", FULL, "f has no body any more but `pass`"),
        ('def f(a):\n    """It."""\n', FULL, "f has no body any more but its docstring"),
        ("def f(a):\n    pass\n", "", "f does nothing"),
        ("def f(a):\n    raise NotImplementedError\n", "", "f has no body but `raise NotImpl"),
        ("def f(a):\n    raise NotImplementedError('later')\n", FULL, "f has no body any more but"),
        ("def f(a):\n    b = a\n    ...\n    return b\n", FULL, "f has `...` in line 3"),
        ("def f(a):\n    if a:\n        ...\n    return a\n", FULL, "f has `...` in line 3"),
        ("class A:\n    ...\n", "", "A has no body but `...`"),
        ("class A:\n    pass\n", "class A:\n    x = 1\n", "A has no body any more but `pass`"),
        ("class A:\n    x = 1\n    ...\n", "", "A has `...` in line 3"),
        ("class A:\n    def f(self): ...\n", "", "A.f has no body but `...`"),
        ("class A:\n    def f(self): raise NotImplementedError\n", "", "A.f only raises"),
        ("def f():\n    def g(): ...\n    return g\n", "", "f.g has no body but `...`"),
        ("import os\n...\nx = 1\n", "", "line 2: `...` stands for"),
        ("def f(:\n    ...\n", "", "line 2 stands for what was left out: ..."),
        ("def f(:\n[rest of code]\n", "", "line 2 stands for what was left out: [rest of code]"),
        ("x = 1\n[rest of the code]\n", "", "line 2 stands for"),
    ],
)
def test_bodies_that_are_missing(source: str, original: str, why: str) -> None:
    assert why in (elided(source, original) or "nothing")


@pytest.mark.parametrize(
    ("source", "original"),
    [
        (FULL, ""),
        ("x = a[..., 0]\ny: tuple[int, ...] = ()\n", ""),
        ("class E(Exception): ...\n", ""),
        ("class E(Exception):\n    pass\n", ""),
        ("class P(Protocol):\n    def f(self) -> int: ...\n", ""),
        ("class P(typing.Protocol[T]):\n    def f(self) -> int:\n        'It.'\n        ...\n", ""),
        ("@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n" + FULL, ""),
        (
            "class A:\n    @abstractmethod\n    def f(self): raise NotImplementedError\n",
            "",
        ),
        (
            "class A:\n    def f(self): raise NotImplementedError\n"
            "class B(A):\n    def f(self): return 1\n",
            "",
        ),
        ("class A:\n    def close(self):\n        pass\n    def f(self): return 1\n", ""),
        ("def f(a): ...\n", "def f(a): ...\n"),
        ("def f(a):\n    pass\n", "def f(a): ...\n"),
        (
            "def f(a):\n    raise NotImplementedError\n",
            "def f(b):\n    raise NotImplementedError\n",
        ),
        ("def f(a):\n    if a: ...\n    return a\n", "def f(a):\n    ...\n    return a\n"),
        ("def f(a):\n    try:\n        a()\n    except E: ...\n", ""),
        ("x = '# ... rest unchanged'\ny = '''\n...\n[rest of code]\n'''\n", ""),
        ("...\n", "...\n"),
    ],
)
def test_bodies_that_may_be_empty(source: str, original: str) -> None:
    assert elided(source, original) is None


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("function f() { ... }", "javascript"),
        ("func f() int {\n\t...\n}\n", "go"),
        ("fn f() -> i32 {\n    todo!()\n}\n", "rust"),
        ('fn f() { unimplemented!("x") }\n', "rust"),
        ('func f() {\n\tpanic("not implemented")\n}\n', "go"),
        ("function f() {\n  throw new Error('Not implemented');\n}\n", "typescript"),
        ('f() { throw new Error("Method not implemented.") }\n', "typescript"),
    ],
)
def test_other_languages_leave_out_in_their_own_ways(source: str, language: str) -> None:
    assert elided(source, language=language)
    assert elided(source, original=source, language=language) is None


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("const a = { ...b }; f(...args)\n", "javascript"),
        ("func f(a ...int) { g(a...) }\n", "go"),
        ("let x = 0...9; // up to nine\n", "rust"),
        ('fetch("http://a/...")\n', "javascript"),
    ],
)
def test_dots_of_other_languages_are_no_elision(source: str, language: str) -> None:
    assert elided(source, language=language) is None


@pytest.mark.parametrize("path", OURS[::4], ids=str)
def test_nothing_of_ours_seems_to_be_left_out(path: Path) -> None:
    source = path.read_text()
    assert elided(source, source) is None
    assert elided(source) is None


@given(st.text(), st.text(), st.sampled_from(["python", "bash", "go"]))
def test_no_text_is_a_surprise(source: str, original: str, language: str) -> None:
    elided(source, original, language)
    elided("# " + source, original, language)
