"""Two forms are one if they mean the same, whatever they are given; and only then."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

import pytest

from code_agent.languages.difference import differences
from code_agent.python.forms import in_one_form

SAME = [
    ("x = f'a'", "x = 'a'"),
    ("x = f'a{{' f'b'", "x = 'a{b'"),
    ("if not a in b: c()", "if a not in b: c()"),
    ("x = not (a is None)", "x = a is not None"),
    ("if a:\n  if b: c()", "if a and b: c()"),
    ("if a and b:\n  if c or d: e()", "if a and b and (c or d): e()"),
    ("def f(n):\n  if n: return 1\n  else: return 2", "def f(n):\n  if n: return 1\n  return 2"),
    (
        "def f(n):\n  if n > 0: return 1\n  elif n < 0: return -1\n  else: return 0",
        "def f(n):\n  if n > 0: return 1\n  if n < 0: return -1\n  return 0",
    ),
    ("if a: x = 1\nelse: x = 2", "x = 1 if a else 2"),
    ("class A:\n  '''A.'''\n  pass", "class A:\n  '''A.'''"),
    ("def f(n):\n  if n: return n\n  return None", "def f(n):\n  if n: return n"),
    ("def f(a):\n  for l in a: print(l)", "def f(a):\n  for line in a: print(line)"),
    ("def f(a):\n  for i in a: g()", "def f(a):\n  for _i in a: g()"),
    ("def f(a):\n  x = 1\n  return [x for y in a]", "def f(a):\n  z = 1\n  return [z for y in a]"),
]
OTHER = [
    ("x = f'{a}'", "x = 'a'"),
    ("x = f'{a:>3}'", "x = f'{a:>4}'"),
    ("def f():\n  f'a'", "def f():\n  'a'"),
    ("x = not a < b", "x = a >= b"),
    ("x = not a == b", "x = a != b"),
    ("x = not (a in b in c)", "x = a not in b in c"),
    ("if a:\n  if b: c()\nelse: d()", "if a and b: c()\nelse: d()"),
    ("if a:\n  if b: c()\n  else: d()", "if a and b: c()\nelse: d()"),
    ("if a:\n  if b: c()", "if a or b: c()"),
    ("if a:\n  if b: c()", "if b and a: c()"),
    ("if a: b()\nelse: c()", "if a: b()\nc()"),
    ("if a: x = 1\nelse: y = 2", "x = 1 if a else 2"),
    ("if a: x.y = 1\nelse: x.y = 2", "x.y = 1 if a else 2"),
    ("x = a == None", "x = a is None"),
    ("def f(a):\n  for l in a: print(l)", "def f(a):\n  for line in a: print(l)"),
    ("def f(l):\n  return l", "def f(line):\n  return line"),
    ("def f(a):\n  x = 1\n  print(y)", "def f(a):\n  y = 1\n  print(y)"),
    ("def f(a):\n  x = 1\n  y = 2\n  return x", "def f(a):\n  x = 1\n  y = 2\n  return y"),
    ("def f(a):\n  x = 1\n  return locals()", "def f(a):\n  y = 1\n  return locals()"),
    ("def f(a):\n  x = 1\n  return f'{x=}'", "def f(a):\n  y = 1\n  return f'{y=}'"),
    ("def f(a):\n  global x\n  x = 1", "def f(a):\n  global y\n  y = 1"),
    ("def f(a):\n  print([x for x in a], x)", "def f(a):\n  print([y for y in a], y)"),
    ("def f(a):\n  import x\n  x = 1", "def f(a):\n  import y\n  y = 1"),
    ("def f():\n  x = 1\n  return lambda: x", "def f():\n  y = 1\n  return lambda: y"),
    ("def f(a):\n  x = 1\n  a.query('@x')", "def f(a):\n  y = 1\n  a.query('@x')"),
    (
        "def f():\n  x = 1\n  print(\u01c00)",
        "def f():\n  \u01c00 = 1\n  print(\u01c00)",
    ),
    ("class A:\n  pass\n  'A.'", "class A:\n  'A.'"),
    ("x = 1", "y = 1"),
    ("class A:\n  x = 1", "class A:\n  y = 1"),
    ("import os\nx = 1", "x = 1"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_these_are_the_same(before: str, after: str) -> None:
    assert not differences({"f.py": before}, {"f.py": after})


@pytest.mark.parametrize(("before", "after"), OTHER)
def test_these_are_not(before: str, after: str) -> None:
    assert differences({"f.py": before}, {"f.py": after})


RUNS = """
def kind(n, known=()):
    '''Of a number.'''
    pass
    if not n in known:
        if n % 2 == 0:
            if n > 4:
                return f"large"
            else:
                found = "even"
        else:
            found = f"odd{n:>{3}}"
    else:
        found = None
    for l in range(n):
        if l == 2:
            break
        elif l == 1:
            continue
        else:
            found = f"{found}{l}"
    if n:
        rest = [l for l in range(n) if not l is None]
    else:
        rest = []
    try:
        rest.append(10 // n)
    except ZeroDivisionError as error:
        found = str(error)
        return None
    return found, rest
    return None
"""


def outcomes(code: str) -> list[Any]:
    space: dict[str, Any] = {}
    exec(compile(code, "kind.py", "exec"), space)  # noqa: S102  it is the one above
    found = [space["kind"](n, known) for n in range(-3, 9) for known in ((), (1, 2, 6))]
    return [*found, space["kind"].__doc__]


def test_code_in_that_form_does_the_same() -> None:
    tree = in_one_form(ast.parse(RUNS))
    code = ast.unparse(ast.fix_missing_locations(tree))
    assert code != textwrap.dedent(RUNS).strip()
    assert outcomes(code) == outcomes(RUNS)
