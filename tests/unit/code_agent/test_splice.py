"""One symbol is replaced; everything around it stays as it is, to the byte."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from code_agent.python.indentation import outdented
from code_agent.python.splice import spliced
from code_agent.python.symbols import Symbol, all_symbols
from code_agent.unusable import Unusable
from tests.unit.code_agent.corpus import PATHS, source_of
from ygg.errors import BadInput

FILE = '''\
"""Doc."""
import os

LIMIT = 3

# Adds.
@cache
def add(a, b):
    return a + b  # slow

class Stack:
    """It."""

    kind = "é"

    @property
    def size(self):
        return len(self.items)

    def push(self, x):
        self.items.append(x)
    # after it

    class Node:
        async def wait(self): return 1

x = add(1, 2)'''


def put(name: str, replacement: str, source: str = FILE, *, extras: bool = False) -> str:
    return spliced(source, name, replacement, extras=extras)


def test_a_function_keeps_its_decorators_and_its_surroundings() -> None:
    assert put("add", "def add(a, b):\n    return sum((a, b))\n") == FILE.replace(
        "return a + b  # slow", "return sum((a, b))"
    )


def test_decorators_may_be_repeated_and_added_but_not_dropped() -> None:
    new = "@logged\n@cache\ndef add(a, b):\n    return b + a"
    assert put("add", new) == FILE.replace("@cache", "@logged\n@cache").replace(
        "a + b  # slow", "b + a"
    )
    with pytest.raises(Unusable, match="drops the decorator @cache of add"):
        put("add", new.replace("@cache\n", ""))


@pytest.mark.parametrize(
    "replacement",
    [
        "def push(self, x):\n    self.items += [x]\n",
        "    def push(self, x):\n        self.items += [x]\n",
        "\n# Faster:\n    def push(self, x):\n        self.items += [x]\n",
        "class Stack:\n    def push(self, x):\n        self.items += [x]\n",
        'class Stack:\n    """It."""\n    kind = "é"\n    def push(self, x):\n'
        "        self.items += [x]\n    @property\n    def size(self):\n"
        "        return len(self.items)\n",
        "import os\nLIMIT = 3\ndef push(self, x):\n    self.items += [x]\n\nStack().push(1)\n"
        'if __name__ == "__main__":\n    main()\n',
    ],
)
def test_a_method_is_put_on_its_depth(replacement: str) -> None:
    expected = FILE.replace("self.items.append(x)", "self.items += [x]")
    assert put("Stack.push", replacement) == expected


def test_a_nested_class_and_its_method_can_be_replaced() -> None:
    one_line = "        async def wait(self): return 1\n"
    new = "async def wait(self):\n    return 2\n"
    assert put("Stack.Node.wait", new) == FILE.replace(
        one_line, "        async def wait(self):\n            return 2\n"
    )
    assert put("Stack.Node", "class Node: pass") == FILE.replace(
        "    class Node:\n" + one_line, "    class Node: pass\n"
    )


def test_strings_are_not_indented() -> None:
    new = (
        "def push(self, x):\n"
        "    a = '''one\n  two\n'''\n"
        '    b = f"""\n{x\n}"""\n'
        "    c = 'one \\\n  two'\n"
        "    d = (1 +\n      2)\n"
        "\n"
        "  # a comment\n"
        "    e = 1 + \\\n        2\n"
    )
    expected = (
        "    def push(self, x):\n"
        "        a = '''one\n  two\n'''\n"
        '        b = f"""\n{x\n}"""\n'
        "        c = 'one \\\n  two'\n"
        "        d = (1 +\n          2)\n"
        "\n"
        "      # a comment\n"
        "        e = 1 + \\\n            2\n"
    )
    old = "    def push(self, x):\n        self.items.append(x)\n"
    assert put("Stack.push", new) == FILE.replace(old, expected)
    assert put("Stack.push", expected) == FILE.replace(
        old, expected.replace("      # a", "      # a")
    )


def test_what_stands_further_left_stays_there() -> None:
    new = "    def push(self, x):\n        f(x,\n  1)\n## off\n        return 1\n"
    old = "    def push(self, x):\n        self.items.append(x)\n"
    assert put("Stack.push", new) == FILE.replace(old, new)


def test_a_file_of_tabs_gets_tabs() -> None:
    file = "class A:\n\tdef f(self):\n\t\treturn 1\n"
    new = "def f(self):\n    if 1:\n        x = (1,\n             2)\n    return x\n"
    assert put("A.f", new, file) == (
        "class A:\n\tdef f(self):\n\t\tif 1:\n\t\t\tx = (1,\n\t\t\t\t 2)\n\t\treturn x\n"
    )
    file = "class A:\n  def f(self):\n    return 1\n"
    new = "def f(self):\n\tif 1:\n\t\treturn 2\n"
    assert put("A.f", new, file) == "class A:\n  def f(self):\n    if 1:\n      return 2\n"


def test_ends_of_lines_are_those_of_the_file() -> None:
    file = FILE.replace("\n", "\r\n")
    new = "def add(a, b):\n    return '''\n'''\n"
    assert put("add", new, file) == put("add", new).replace("\n", "\r\n")
    assert put("add", new.replace("\n", "\r\n")) == put("add", new)
    assert put("add", new, file, extras=True) == put("add", new, file)


def test_the_last_line_may_have_no_end() -> None:
    assert put("f", "def f(): return 2\n", "def f(): return 1") == "def f(): return 2"
    assert put("f", "def f(): return 2", "def f(): return 1\n") == "def f(): return 2\n"


def test_odd_characters_stay_where_they_are() -> None:
    file = "x = '\u2028\x0c'\n\fdef f(): return 'é'\n\f\ny = 1\n"
    assert put("f", "def f():\n    return 'ü'\n", file) == (
        "x = '\u2028\x0c'\n\fdef f():\n    return 'ü'\n\f\ny = 1\n"
    )
    file = "class A:\n\f    def f(self): return 1\n"
    assert put("A.f", "\f    def f(self): return 1\n", file) == file
    assert put("A.f", "def f(self): return 2", file) == "class A:\n\f    def f(self): return 2\n"


def test_missing_imports_are_added_at_the_top() -> None:
    new = (
        "import os\nimport re, os.path as p\nfrom __future__ import annotations\n"
        "from a import (\n  b,\n  c as d,\n)\n\ndef add(a, b):\n    return re\n"
    )
    expected = FILE.replace(
        "import os\n",
        "from __future__ import annotations\nimport os\nimport re, os.path as p\n"
        "from a import b, c as d\n",
    ).replace("a + b  # slow", "re")
    assert put("add", new) == expected
    assert put("add", new, expected) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", "import re\n\n"),
        ("# About f.\n", "import re\n\n# About f.\n"),
        ("#!/bin/python\n# x\n", "#!/bin/python\n\nimport re\n\n# x\n"),
        ("# License.\n\n", "# License.\n\nimport re\n\n"),
        ('"""Doc."""\n\n\n', '"""Doc."""\n\nimport re\n\n\n'),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nimport re\n\nx = 1\n'),
        ("import a # a\nx = 1\n", "import a # a\nimport re\nx = 1\n"),
        ("from a import (\n b)\n\nx = 1\n", "from a import (\n b)\nimport re\n\nx = 1\n"),
        ("try:\n    import re\nexcept E: pass\n", "try:\n    import re\nexcept E: pass\n"),
    ],
)
def test_where_imports_go(head: str, expected: str) -> None:
    new = "import re\ndef f(): return re\n"
    assert put("f", new, head + "def f(): pass\n") == expected + "def f(): return re\n"


def test_a_name_that_is_taken_is_not_imported_over() -> None:
    file = "from a import b\nclass C: pass\ndef f(): pass\n"
    for name in ("b", "C", "f"):
        with pytest.raises(Unusable, match=f"imports {name}, which is something else"):
            put("f", f"from z import {name}\ndef f(): return 1\n", file)
    with pytest.raises(Unusable, match="everything of a module"):
        put("f", "from z import *\ndef f(): return 1\n", file)
    file = "import a.b\ndef f(): pass\n"
    new = "import a.c\ndef f(): return a.c\n"
    assert put("f", new, file) == "import a.b\nimport a.c\ndef f(): return a.c\n"


def test_an_import_on_a_shared_line_is_refused() -> None:
    for head in ("import a; x = '''\n'''\n", "'doc'; import a\n"):
        with pytest.raises(Unusable, match="share a line"):
            put("f", "import b\ndef f(): return b\n", head + "def f(): pass\n")


def test_helpers_are_refused_unless_asked_for() -> None:
    new = "HELP = 1\n\n@cache\ndef helper():\n    return HELP\n\ndef push(self, x):\n    helper()\n"
    with pytest.raises(Unusable, match=r"it holds more than push|more than Stack.push: in line 1"):
        put("Stack.push", new)
    expected = FILE.replace(
        "class Stack:", "HELP = 1\n\n\n@cache\ndef helper():\n    return HELP\n\n\nclass Stack:"
    ).replace("self.items.append(x)", "helper()")
    assert put("Stack.push", new, extras=True) == expected
    file = FILE.replace("\n", "\r\n")
    assert put("Stack.push", new, file, extras=True) == expected.replace("\n", "\r\n")


def test_helpers_go_before_the_comment_on_the_symbol() -> None:
    assert put("add", "N = 1\ndef add(a, b): return N\n", extras=True) == FILE.replace(
        "# Adds.", "N = 1\n\n\n# Adds."
    ).replace("def add(a, b):\n    return a + b  # slow", "def add(a, b): return N")


@pytest.mark.parametrize(
    ("name", "replacement", "reason"),
    [
        ("add", "", "does not define add"),
        ("add", "def sub(a, b): return 1\n", "does not define add"),
        ("add", "def add(:\n", "no Python: line 1"),
        ("add", "Here:\ndef add(a, b): pass", "no Python: line 1"),
        ("add", "async def add(a, b): pass", "another kind: async function, not function"),
        ("add", "class add: pass", "another kind: class, not function"),
        ("add", "def add(a): pass\ndef add(b): pass", "ambiguous: it defines add 2 times"),
        ("add", "def add(a): pass\ndef sub(b): pass", "more than add: sub in line 2"),
        ("add", "def add(a): pass\nfor x in y: z = 1", "more than add: in line 2"),
        ("Stack.push", "class Stack:\n    def pop(self): pass\n", "does not define push"),
        (
            "Stack.push",
            "class Stack:\n    kind = 1\n    def push(self): pass\n",
            "changes more of Stack than push: in line 2",
        ),
        (
            "Stack.push",
            "class Stack:\n    def pop(self): pass\n    def push(self): pass\n",
            "changes more of Stack than push: pop in line 2",
        ),
    ],
)
def test_what_cannot_take_its_place(name: str, replacement: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        put(name, replacement)


def test_helpers_change_nothing_that_is_there() -> None:
    with pytest.raises(Unusable, match="changes Stack besides"):
        put("add", "class Stack: pass\ndef add(a, b): pass\n", extras=True)
    with pytest.raises(Unusable, match="more than definitions: in line 1"):
        put("add", "for x in y: pass\ndef add(a, b): pass\n", extras=True)


def test_an_accessor_is_another_symbol_than_its_property() -> None:
    getter = "class A:\n    @property\n    def x(self): return 1\n"
    file = getter + "    @x.setter\n    def x(self, v): pass\n"
    assert put("A.x.setter", "@x.setter\ndef x(self, v): self.v = v\n", file) == file.replace(
        "(self, v): pass", "(self, v): self.v = v"
    )
    assert put("A.x", "@property\ndef x(self): return 2\n", file) == file.replace("1", "2")


@st.composite
def symbols(draw: st.DrawFn) -> tuple[str, Symbol]:
    source = source_of(draw(st.sampled_from(PATHS)))
    found = all_symbols(source)
    names = [one.name for one in found]
    alone = [one for one in found if names.count(one.name) == 1]
    if not alone:
        return "def f(): pass\n", all_symbols("def f(): pass\n")[0]
    return source, draw(st.sampled_from(alone))


@settings(max_examples=25, deadline=None)
@given(symbols())
def test_a_symbols_own_text_changes_nothing(given_one: tuple[str, Symbol]) -> None:
    source, symbol = given_one
    assert spliced(source, symbol.name, symbol.text) == source
    assert spliced(source, symbol.name, outdented(symbol.text)) == source
    crlf = source.replace("\n", "\r\n")
    assert spliced(crlf, symbol.name, symbol.text) == crlf


PIECES = st.sampled_from(
    [
        "def add(a, b):",
        "class Stack:",
        "\n",
        "    ",
        "\t",
        "pass",
        "'''",
        '"""',
        "\\\n",
        "\f",
        "@x\n",
        "\r",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=15).map("".join), st.booleans())
def test_no_replacement_is_a_surprise(replacement: str, extras: bool) -> None:
    with suppress(Unusable):
        found = put("add", replacement, extras=extras)
        assert found.endswith(FILE[FILE.index("class Stack") :])


@given(st.text(max_size=30))
def test_no_file_is_a_surprise(source: str) -> None:
    with suppress(SyntaxError, BadInput):
        put("f", "def f(): pass", source)
