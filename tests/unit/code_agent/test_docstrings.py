"""Docstrings are put where there are none, and nothing else is touched."""

from __future__ import annotations

import ast
import inspect
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from code_agent.python.docstrings import inserted, undocumented
from code_agent.python.same_code import same_code
from code_agent.python.symbols import MODULE, all_symbols
from code_agent.unusable import Unusable
from tests.unit.code_agent.corpus import PATHS, source_of
from ygg.errors import BadInput

FILE = '''\
#!/usr/bin/python
# License.

import os

def add(a, b):
    # Slow.
    return a + b

async def wait(
    x=1,  # :
): await x

class Stop(Exception): pass  # why

class Stack:

    def push(self, x):
        self.x = x

    @property
    def size(self):
        """Said."""
        return 1

    @size.setter
    def size(self, x): ...

    @overload
    def get(self, a: int) -> int: ...
    @overload
    def get(self, a: str) -> str: ...
    def get(self, a): return a

    def __init__(self): pass
    def _inner(self): pass
    @override
    def known(self): pass

class _Own:
    def f(self): pass
'''


def put(old: str, new: str) -> str:
    assert FILE.count(old) == 1
    return FILE.replace(old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("add", "add(a, b):\n", 'add(a, b):\n    """Says."""\n'),
        ("wait", "): await x", '):\n    """Says."""\n    await x'),
        ("Stop", "(Exception): pass", '(Exception):\n    """Says."""\n\n    pass'),
        ("Stack", "Stack:\n", 'Stack:\n    """Says."""\n'),
        ("Stack.push", "push(self, x):\n", 'push(self, x):\n        """Says."""\n'),
        ("Stack.get", "a): return a", 'a):\n        """Says."""\n        return a'),
        ("_Own", "_Own:\n", '_Own:\n    """Says."""\n\n'),
        (MODULE, "# License.\n", '# License.\n"""Says."""\n'),
        ("Stack.size", "", ""),
    ],
)
def test_where_a_docstring_goes(name: str, old: str, new: str) -> None:
    expected = put(old, new) if old else FILE
    assert inserted(FILE, name, "Says.") == expected
    assert inserted(expected, name, "Says more.") == expected
    crlf = FILE.replace("\n", "\r\n")
    assert inserted(crlf, name, "Says.") == expected.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("", MODULE, '"""Says."""\n'),
        ("# Only this.\n", MODULE, '# Only this.\n"""Says."""\n'),
        ("# On x.\nx = 1\n", MODULE, '"""Says."""\n\n# On x.\nx = 1\n'),
        ("#!/x\n# coding: utf-8\nx = 1", MODULE, '#!/x\n# coding: utf-8\n"""Says."""\n\nx = 1'),
        ("from __future__ import x\n", MODULE, '"""Says."""\n\nfrom __future__ import x\n'),
        ("class A:\n\tdef f(self):\n\t\tpass\n", "A.f", None),
        ("class A:\n\tdef f(self): pass\n", "A.f", None),
        ("def f(a='''\n# x'''):\n\n    # c\n\n    return 1", "f", None),
        ("def f(a='é'): return 'é'  # é", "f", None),
        ("def f(): return '''\n'''; x = 2\n", "f", None),
        ("def f() \\\n  :  return 1\n", "f", None),
        ("def f():\n    @d\n    def g(): pass\n", "f", None),
        ("@d(\n)\ndef f():\n\f    return 1\n", "f", None),
        ("class A:\n    'said'; x = 1\n", "A", "class A:\n    'said'; x = 1\n"),
        ("@overload\ndef f(): ...\n", "f", "@overload\ndef f(): ...\n"),
    ],
)
def test_odd_places(source: str, name: str, expected: str | None) -> None:
    found = inserted(source, name, "Says.")
    assert found == (expected or found)
    assert same_code(source, found) is None
    if expected is None:
        assert found != source
    assert inserted(found, name, "Says.") == found


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Says.", '"""Says."""'),
        ("  Says.\n\n  More.\n", '"""Says.\n\n    More.\n    """'),
        ('Says "x"', '"""Says "x"\n    """'),
        ('"x" it says.', '""""x" it says."""'),
        (r"Splits at \n.", r'r"""Splits at \n."""'),
        ("Ends with \\", 'r"""Ends with \\\n    """'),
        ('Has """ in \\d.', r'"""Has \"\"\" in \\d."""'),
        ('"""Says."""', '"""\\"\\"\\"Says.\\"\\"\\"\n    """'),
        ("Zero \0, bell \a, \u2028.", r'"""Zero \x00, bell \x07, \u2028."""'),
        ("Raw \\ and \ud800.", r'"""Raw \\ and \ud800."""'),
        ("ünïcode", '"""ünïcode"""'),
        ("One\r\nTwo\rThree", '"""One\n    Two\n    Three\n    """'),
    ],
)
def test_words_are_escaped(words: str, shown: str) -> None:
    assert inserted("def f():\n    return 1\n", "f", words) == (
        f"def f():\n    {shown}\n    return 1\n"
    )


def test_an_empty_docstring_is_none() -> None:
    with pytest.raises(Unusable, match="empty"):
        inserted(FILE, "add", " \n")


@pytest.mark.parametrize(
    ("source", "name"),
    [("def f(): \\\n  return 1\n", "f"), ("# Only this, on a line without end", MODULE)],
)
def test_where_there_is_no_room_for_one(source: str, name: str) -> None:
    with pytest.raises(Unusable, match=f"{name} cannot take a docstring"):
        inserted(source, name, "Says.")


def test_what_is_defined_twice_is_not_documented_unasked() -> None:
    source = "'Doc.'\nif x:\n    def f(): pass\nelse:\n    def f(): pass\n"
    assert undocumented(source) == []
    with pytest.raises(BadInput, match="ambiguous"):
        undocumented(source, ["f"])


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BadInput, match="no nothing"):
        inserted(FILE, "nothing", "Says.")
    with pytest.raises(BadInput, match="no nothing"):
        undocumented(FILE, ["nothing"])


def test_what_is_public_and_undocumented() -> None:
    names = [one.name for one in undocumented(FILE)]
    assert names == [MODULE, "add", "wait", "Stop", "Stack", "Stack.push", "Stack.get"]
    for name in names:
        assert name not in [one.name for one in undocumented(inserted(FILE, name, "Says."))]


def test_what_is_asked_for_may_be_private() -> None:
    found = undocumented(FILE, ["_Own.f", "Stack.size", "Stack.__init__", MODULE])
    assert [one.name for one in found] == ["_Own.f", "Stack.__init__", MODULE]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("__all__ = ['_b']", ["_b"]),
        ("__all__ = ['a'] + ['_b']", ["a"]),
        ("__all__ = []\n__all__ += ('a',)", ["a"]),
        ("__all__ = []", []),
    ],
)
def test_all_says_what_is_public(line: str, names: list[str]) -> None:
    source = f"'''Doc.'''\n{line}\ndef a(): pass\ndef _b(): pass\n"
    assert [one.name for one in undocumented(source)] == names


def test_an_empty_module_needs_no_docstring() -> None:
    assert undocumented("") == undocumented("# x\n") == []


@st.composite
def places(draw: st.DrawFn) -> tuple[str, str]:
    source = source_of(draw(st.sampled_from(PATHS)))
    found = [one.name for one in all_symbols(source)]
    return source, draw(st.sampled_from([MODULE, *(n for n in found if found.count(n) == 1)]))


@settings(max_examples=40, deadline=None)
@given(
    places(), st.text(min_size=1) | st.lists(st.sampled_from(['"', "\\", "\n", "a "])).map("".join)
)
def test_nothing_but_a_docstring_changes_in_our_own_files(
    place: tuple[str, str], words: str
) -> None:
    source, name = place
    with suppress(Unusable):
        found = inserted(source, name, words)
        assert same_code(source, found) is None
        assert inserted(found, name, words) == found
        if name == MODULE and not ast.get_docstring(ast.parse(source)):
            assert ast.get_docstring(ast.parse(found), clean=False)


@given(st.lists(st.sampled_from(['"', "\\", "\n", "a", " ", "'", "{", "\\N"]) | st.characters()))
def test_words_come_back_as_they_were_said(pieces: list[str]) -> None:
    words = "".join(pieces)
    said = inspect.cleandoc(words.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if said:
        found = inserted("class A:\n    def f(self): pass\n", "A.f", words)
        body = ast.parse(found).body[0].body[0]  # type: ignore[attr-defined]
        expected = "\n".join(line.rstrip() for line in said.split("\n"))
        assert inspect.cleandoc(ast.get_docstring(body) or "").split() == expected.split()
