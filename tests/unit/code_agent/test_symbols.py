"""Symbols are found by the names they are reached by."""

from __future__ import annotations

import pytest

from code_agent.python.symbols import Symbol, all_symbols, find
from ygg.errors import BadInput

SOURCE = '''\
import os

@first
@second(
    1,
)
def parse(text):  # é
    def inner(): pass
    return text  # done

class Stack(list):
    """It."""

    class Node: pass

    @property
    def size(self):
        return 1

    @size.setter
    def size(self, value): ...

    async def push(self, x):
        x = """
    """

if os.name == "nt":
    def where(): return 1
else:
    try:
        def there(): return 2
    except OSError:
        def here(): return 3

@overload
def many(a: int) -> int: ...
@overload
def many(a: str) -> str: ...
def many(a): return a

def twice(): return 1
def twice(): return 2
'''


def test_all_symbols_in_their_order() -> None:
    assert [(one.name, one.kind, one.first_line, one.last_line) for one in all_symbols(SOURCE)] == [
        ("parse", "function", 3, 9),
        ("Stack", "class", 11, 25),
        ("Stack.Node", "class", 14, 14),
        ("Stack.size", "function", 16, 18),
        ("Stack.size.setter", "function", 20, 21),
        ("Stack.push", "async function", 23, 25),
        ("where", "function", 28, 28),
        ("there", "function", 31, 31),
        ("here", "function", 33, 33),
        ("many", "function", 35, 36),
        ("many", "function", 37, 38),
        ("many", "function", 39, 39),
        ("twice", "function", 41, 41),
        ("twice", "function", 42, 42),
    ]


def test_a_symbol_is_whole_lines() -> None:
    assert find(SOURCE, "Stack.size.setter") == Symbol(
        name="Stack.size.setter",
        kind="function",
        first_line=20,
        last_line=21,
        indent="    ",
        text="    @size.setter\n    def size(self, value): ...\n",
        within="Stack",
    )
    assert find(SOURCE, "Stack.size.setter").own_name == "size.setter"
    assert find(SOURCE, "parse").text.startswith("@first\n@second(")


def test_of_overloads_the_implementation_is_meant() -> None:
    assert find(SOURCE, "many").first_line == 39
    assert find("@typing.overload\ndef f(): ...\n@t.overload\ndef f(): ...\n", "f").first_line == 3


def test_a_name_that_is_there_twice_is_ambiguous() -> None:
    with pytest.raises(BadInput, match="twice is ambiguous: it is defined in lines 41 and 42"):
        find(SOURCE, "twice")


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        find(SOURCE, "Stack.pusch")
    assert caught.value.hint == "did you mean Stack.push?"
    with pytest.raises(BadInput) as caught:
        find("x = 1\n", "f")
    assert caught.value.hint == "it defines no function and no class"


@pytest.mark.parametrize(
    ("source", "first", "last", "indent"),
    [
        ("\f\ndef f():\n    pass\n", 2, 3, ""),
        ("\fdef f():\n    pass", 1, 2, ""),
        ("class A:\n\n\f    def f(self): pass\n", 3, 3, "    "),
        ("@ \\\nd\ndef f(): pass\n", 1, 3, ""),
        ("x = '\x0c\u2028'\r\ndef f():\r\n\tpass\r\n", 2, 3, ""),
        ("x = 1\rdef f(): pass\r", 2, 2, ""),
        ("def f(): return 1; x = 2  # both its own\n", 1, 1, ""),
        ("def f(a=(\n)): return \\\n  1\n", 1, 3, ""),
    ],
)
def test_lines_are_counted_as_python_does(source: str, first: int, last: int, indent: str) -> None:
    found = find(source, "A.f" if "class" in source else "f")
    assert (found.first_line, found.last_line, found.indent) == (first, last, indent)


@pytest.mark.parametrize("source", ["def f(:", "x\0", "\ud800", "-" * 9000 + "1", "(" * 300])
def test_what_is_no_python_says_so(source: str) -> None:
    with pytest.raises(SyntaxError):
        all_symbols(source)
