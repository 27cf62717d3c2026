"""What a module promises is told, and so is every change of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.annotations import annotation_text
from code_agent.python.signature_changes import changes, matches
from code_agent.python.signatures import Signature, Taken, public_signatures
from code_agent.python.source import parsed
from tests.unit.code_agent.corpus import PATHS, source_of
from ygg.errors import BadInput

SOURCE = """\
import os
from os import path as path
LIMIT: Final[int] = 3
A, (B, _c) = 1, (2, 3)
PATTERN = re.compile("x")

def find(name: str, /, limit=LIMIT, *rest: int, exact: bool = False, **more) -> "str | None": ...
async def wait(): ...
def _own(): ...

@dataclass(frozen=True)
class Point(Base, metaclass=Meta):
    x: int
    y: int = field(default=0)
    kind = "point"

    def __init__(self): ...
    def _own(self): ...
    @property
    def size(self) -> int: ...
    @size.setter
    def size(self, x): ...
    @staticmethod
    def make(): ...
    class Inner: ...

if x:
    def under(): ...

@overload
def many(a: int) -> int: ...
@overload
def many(a: str) -> str: ...
def many(a): ...
"""


def test_public_names_are_those_that_others_use() -> None:
    assert list(public_signatures(SOURCE)) == [
        "path",
        "LIMIT",
        "A",
        "B",
        "PATTERN",
        "find",
        "wait",
        "Point",
        "under",
        "many (overload 1)",
        "many (overload 2)",
        "many",
        "Point.x",
        "Point.y",
        "Point.kind",
        "Point.__init__",
        "Point.size",
        "Point.size.setter",
        "Point.make",
        "Point.Inner",
    ]


def test_a_signature_has_all_that_a_caller_sees() -> None:
    found = public_signatures(SOURCE)
    assert found["find"] == Signature(
        "function",
        parameters=(
            Taken("name", "positional-only", "str"),
            Taken("limit", "positional or keyword", "", "LIMIT"),
            Taken("rest", "*", "int"),
            Taken("exact", "keyword-only", "bool", "False"),
            Taken("more", "**"),
        ),
        annotation="str | None",
    )
    assert found["Point"] == Signature(
        "class",
        decorators=("dataclass(frozen=True)",),
        bases=("Base", "metaclass=Meta"),
        fields=("x", "y"),
    )
    assert found["LIMIT"] == Signature("value", annotation="int", value="3")
    assert found["Point.y"] == Signature("value", annotation="int", value="field(default=0)")
    assert found["Point.size"].decorators == ("property",)


def test_all_says_what_is_public() -> None:
    source = "from a import b\n__all__ = ['b', '_c']\ndef _c(): ...\ndef d(): ...\n"
    assert list(public_signatures(source)) == ["b", "_c"]
    assert changes(source, source.replace(", '_c'", "")) == ["removed: _c"]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("async def wait(): ...\n", "", ["removed: wait"]),
        ("def _own(): ...\n", "def own(): ...\n", ["added: own"]),
        ("def _own(): ...\n", "class New:\n    x = 1\n", ["added: New"]),
        ("class Inner: ...", "pass", ["removed: Point.Inner"]),
        ("Point(Base", "Pixel(Base", ["removed: Point", "added: Pixel"]),
        ("limit=LIMIT", "limit=4", ["find: default of limit changed from LIMIT to 4"]),
        ("limit=LIMIT", "limit", ["find: default of limit LIMIT was removed"]),
        ("exact: bool", "exact: int", ["find: type of exact changed from bool to int"]),
        ("exact: bool", "exact", ["find: type of exact bool was removed"]),
        (", **more", "", ["find: parameter more was removed"]),
        ("**more", "*, more", None),
        ("*rest: int, ", "*, ", ["find: parameter rest was removed"]),
        ("name: str, /, ", "name: str, ", [
            "find: kind of name changed from positional-only to positional or keyword"]),
        ("name: str, /, limit=LIMIT", "limit=LIMIT, name: str = '', /", [
            "find: kind of limit changed from positional or keyword to positional-only",
            "find: default of name '' was added",
            "find: order of parameters changed from name, limit to limit, name",
        ]),
        ('"str | None"', "str", ["find: type of its result changed from str | None to str"]),
        ('"str | None"', "Optional[str]", []),
        ("async def", "def", ["wait: kind changed from async function to function"]),
        ("    @property\n", "", ["Point.size: decorator @property was removed"]),
        ("def under", "@property\n    def under", ["under: decorator @property was added"]),
        ("def under", "@cache\n    def under", []),
        ("(Base, ", "(", ["Point: bases changed from Base, metaclass=Meta to metaclass=Meta"]),
        ("Final[int] = 3", "int = 4", ["LIMIT: value changed from 3 to 4"]),
        ("= 3", "= 2 + 1", []),
        ('("x")', '("y")', []),
        ('kind = "point"', 'kind = "pixel"', [
            "Point.kind: value changed from 'point' to 'pixel'"]),
        ("default=0", "default=1", [
            "Point.y: value changed from field(default=0) to field(default=1)"]),
        ("    x: int\n    y: int = field(default=0)\n",
            "    y: int = field(default=0)\n    x: int\n",
            ["Point: order of fields changed from x, y to y, x"]),
        ("def many(a: str) -> str", "def many(a: bytes) -> str",
            ["many (overload 2): type of a changed from str to bytes"]),
        ("import os\n", "import re\n", []),
    ],
)  # fmt: skip
def test_changes(old: str, new: str, found: list[str] | None) -> None:
    assert SOURCE.count(old) == 1
    if found is None:
        with pytest.raises(SyntaxError):
            changes(SOURCE, SOURCE.replace(old, new))
    else:
        assert changes(SOURCE, SOURCE.replace(old, new)) == found


@pytest.mark.parametrize(
    ("source", "signature", "found"),
    [
        ("def add(a: int, b: int) -> int: return a", "def add(a: int, b: int) -> int:", []),
        ("def add(a: int, b: int) -> int: return a", "add(a: int, b: int) -> int", []),
        ("def add(a: int, b: int) -> int: return a", "def add(a, b): ...", []),
        ("def add(a: List[int]): return a", "def add(a: list[int])", []),
        ("x = 1", "def add(a, b):", ["add is missing"]),
        ("def add(a): return a", "def add(a, b):", ["add: parameter b is missing"]),
        ("def add(a, b, c): return a", "def add(a, b):", ["add: parameter c is too much"]),
        ("def add(a, b=1): return a", "def add(a, b):", ["add: default of b 1 is too much"]),
        ("def add(a, b=1): return a", "def add(a, b=2):", ["add: default of b is 1, not 2"]),
        ("def add(a): return a", "def add(a: int):", ["add: type of a int is missing"]),
        ("def add(a: str): return a", "def add(a: int):", ["add: type of a is str, not int"]),
        ("def add(a) -> str: pass", "def add(a) -> int", [
            "add: type of its result is str, not int"]),
        ("def add(*, a): pass", "def add(a)", [
            "add: kind of a is keyword-only, not positional or keyword"]),
        ("def add(b, a): pass", "def add(a, b)", ["add: order of parameters is b, a, not a, b"]),
        ("def add(a): pass", "async def add(a)", ["add: kind is function, not async function"]),
        ("class add: pass", "def add(a)", ["add: kind is class, not function"]),
        ("@cache\ndef add(a): pass", "def add(a)", []),
        ("@property\ndef add(a): pass", "def add(a)", ["add: decorator @property is too much"]),
        ("class A(B):\n    def f(self, x): pass", "class A:\n    def f(self, x): ...", []),
        ("class A:\n    def f(self): pass",
            "class A:\n    def f(self, x): ...\n    def g(self): ...",
            ["A.g is missing", "A.f: parameter x is missing"]),
        ("class A: pass", "class A(B)", ["A: bases B is missing"]),
        ("def _own(a): pass", "def _own(a)", []),
    ],
)  # fmt: skip
def test_what_of_a_wished_signature_is_not_kept(
    source: str, signature: str, found: list[str]
) -> None:
    assert matches(source, signature) == found


@pytest.mark.parametrize("signature", ["", "add two numbers", "x = 1", "def", "def add(a, b", ":"])
def test_a_wish_that_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadInput, match="the signature is none"):
        matches("x = 1", signature)


@pytest.mark.parametrize(
    ("spellings", "shown"),
    [
        (
            ["Optional[int]", "int | None", "None | int", "'int|None'", "t.Union[int, None]"],
            "int | None",
        ),
        (["List[int]", "list['int']", "typing.List[int]"], "list[int]"),
        (["Dict[str, List['A']]"], "dict[str, list[A]]"),
        (
            ["Callable[[Text], None]", "collections.abc.Callable[[str], None]"],
            "Callable[[str], None]",
        ),
        (["Literal['a', 'b']"], "Literal['a', 'b']"),
        (["tuple[int, ...]"], "tuple[int, ...]"),
        (["os.PathLike[str]"], "os.PathLike[str]"),
        (["'not a type'"], "'not a type'"),
        (["*Ts"], "*Ts"),
    ],
)
def test_annotations_that_mean_the_same_read_the_same(spellings: list[str], shown: str) -> None:
    for one in spellings:
        declared = parsed(f"def f(*a: {one}): pass").body[0].args.vararg  # type: ignore[attr-defined]
        assert annotation_text(declared.annotation) == shown


@given(st.sampled_from(PATHS), st.sampled_from(PATHS))
def test_our_own_files_are_as_they_are(path: Path, other: Path) -> None:
    source, another = source_of(path), source_of(other)
    assert changes(source, source) == []
    assert changes(source, another) or public_signatures(source) == public_signatures(another)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_is_a_surprise(source: str, signature: str) -> None:
    with suppress(SyntaxError, BadInput):
        matches(source, signature)
    with suppress(SyntaxError, BadInput):
        matches("def f(a: int = 1): ...", f"def f({signature}) -> int:")


def test_what_is_nested_too_deep_is_no_python() -> None:
    with pytest.raises(SyntaxError):
        public_signatures(f"def f(a={'+'.join(['1'] * 900)}): pass")
