"""What documenting may change, and what linting may change, is told from everything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.same_code import same_code
from code_agent.python.sameness import same_ast
from tests.unit.code_agent.corpus import PATHS, source_of

FILE = '''\
#!/usr/bin/python
# License.

import os  # noqa


def add(a, b):
    # Slow.

    return a + b


class Stop(Exception): pass  # why

class Stack:

    x = 1
    def push(self):
        """Puts it."""

        return 1
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# License.\n", '# License.\n"""Doc."""\n'),
        ("# License.\n\n", '# License.\n\n\n"""Doc."""\n\n'),
        ("def add(a, b):\n", 'def add(a, b):\n    """\n    Adds.\n    """\n'),
        ("def add(a, b):\n", 'def add(a, b):\n    ("Adds."\n     " Yes.")\n\n'),
        ("    # Slow.\n\n", '    # Slow.\n    """Adds."""\n'),
        ("Stack:\n", 'Stack:\n    """It."""\n'),
        ("Stack:\n\n", 'Stack:\n    """It."""\n'),
        ('        """Puts it."""\n', '        r"""Puts it,\n        now."""\n'),
        ('        """Puts it."""\n\n', '        """Puts it."""\n'),
        ('        """Puts it."""\n\n', ""),
        ("(Exception): pass", '(Exception):\n    """Ends it."""\n\n    pass'),
    ],
)
def test_docstrings_and_blank_lines_by_them_may_change(old: str, new: str) -> None:
    assert old in FILE
    changed = FILE.replace(old, new)
    assert same_code(FILE, changed) is None
    assert same_code(changed, FILE) is None
    crlf = changed.replace("\n", "\r\n")
    assert same_code(FILE.replace("\n", "\r\n"), crlf) is None
    assert same_code(FILE, crlf) is not None


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("return a + b", "return b + a", "line 10: 'a' became 'b'"),
        ("x = 1", "x = True", "line 17: 1 became True"),
        ("def add(a, b)", "def add(a, b=1)", "line 7: 0 parts became 1 parts"),
        ("# Slow.", "# Slow", "line 8: '    # Slow.\\n' became '    # Slow\\n'"),
        ("  # noqa", "", "line 4: 'import os  # noqa\\n' became 'import os\\n'"),
        ("  # why", "", "line 13:"),
        ("x = 1", "x  = 1", "line 17:"),
        ("return a + b\n\n", "return a + b\n", "line 12: '\\n' became"),
        ("x = 1\n", "x = 1\n\n", "line 18:"),
        ("return a + b", "return (a + b)", "line 10:"),
        ("return a + b\n", "return a + b\n    'x'\n", "line 7: 1 parts became 2 parts"),
        ("import os", "'x'\nimport os\n'y'\n", "line 1: 4 parts became 5 parts"),
        ("(Exception): pass", "(Exception):\n    pass", "line 13:"),
        ("# Slow.", "# type: ignore", "line 8:"),
        ("        return 1\n", "        return 1", "line 21:"),
    ],
)
def test_anything_else_is_a_difference(old: str, new: str, difference: str) -> None:
    assert old in FILE
    assert difference in (same_code(FILE, FILE.replace(old, new)) or "nothing")


def test_a_docstring_and_a_change_beside_it_are_told_apart() -> None:
    new = FILE.replace("add(a, b):\n    # Slow.", 'add(a, b):\n    """Adds."""\n    # Fast.')
    assert same_code(FILE, new) == r"line 9: '    # Slow.\n' became '    # Fast.\n'"


def test_a_string_that_is_no_docstring_is_code() -> None:
    assert same_code("x = 1\n'a'\n", "x = 1\n'b'\n") == "line 2: 'a' became 'b'"
    assert same_code("def f():\n    f'a'\n", "def f():\n    f'b'\n")
    assert same_code("def f():\n    b'a'\n", "def f():\n    'a'\n")
    assert same_code("'a'\n'b'\n", "'b'\n") is not None


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("x = (1)\n", "x = 1 # one", None),
        ('u"a" "b"', '"ab"', None),
        ("import a\nimport b", "import b\nimport a", "line 1: 'a' became 'b'"),
        ("x = 1", "x = 1.0", "line 1: 1 became 1.0"),
        ("f()", "f()\ng()", "line 1: 1 parts became 2 parts"),
        ("'''a'''", "'a '", "line 1: 'a' became 'a '"),
    ],
)
def test_trees_are_compared_wherever_things_stand(
    before: str, after: str, difference: str | None
) -> None:
    assert same_ast(before, after) == difference


def test_a_deep_tree_is_compared_too() -> None:
    deep = "x = " + " + ".join(["1"] * 800)
    assert same_ast(deep, deep) is None
    assert same_code(deep, deep + "  # x") is not None


def test_what_is_no_python_says_so() -> None:
    for compare in (same_ast, same_code):
        with pytest.raises(SyntaxError):
            compare("x = 1", "x = (")


@given(st.sampled_from(PATHS), st.data())
def test_one_line_less_of_our_own_files_is_noticed(path: Path, data: st.DataObject) -> None:
    source = source_of(path)
    assert same_code(source, source) is None
    lines = source.splitlines(keepends=True)
    code = [number for number, line in enumerate(lines) if line.strip().startswith(("#", "x"))]
    if not code:
        return
    number = data.draw(st.sampled_from(code))
    less = "".join(lines[:number] + lines[number + 1 :])
    try:
        assert same_code(source, less) is not None
    except SyntaxError:
        return
