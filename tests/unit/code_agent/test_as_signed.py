"""An answer that names its parameters otherwise gets the signature that was asked for."""

from __future__ import annotations

import ast

import pytest

from code_agent.python.as_signed import as_signed

WANTED = "def scale(values: list[int], by: int = 2) -> list[int]:"

AS_WANTED = {
    "other names": (
        "def scale(xs, n):\n    # each\n    return [x * n for x in xs]\n",
        f"{WANTED}\n    # each\n    return [x * by for x in values]\n",
    ),
    "other types": (
        "def scale(values: tuple, by=3):\n    return [one * by for one in values]\n",
        f"{WANTED}\n    return [one * by for one in values]\n",
    ),
    "one line": (
        "def scale(xs, by): return [x * by for x in xs]\n",
        f"{WANTED} return [x * by for x in values]\n",
    ),
    "it calls itself": (
        "def scale(xs, n=1):\n    return scale(xs=xs[1:], n=n) if xs else []\n",
        f"{WANTED}\n    return scale(values=values[1:], by=by) if values else []\n",
    ),
    "what is beside it stays": (
        "import os\n\n\ndef scale(xs: '[é]', n):\n    return os.é(xs, n)\n\n\ndef xs(n): ...\n",
        f"import os\n\n\n{WANTED}\n    return os.é(values, by)\n\n\ndef xs(n): ...\n",
    ),
}


@pytest.mark.parametrize(("code", "signed"), AS_WANTED.values(), ids=AS_WANTED)
def test_names_types_and_defaults_become_those_that_were_asked_for(code: str, signed: str) -> None:
    assert as_signed(code, WANTED) == signed
    assert as_signed(signed, WANTED.rstrip(":")) == signed


OTHERS = {
    "in another order": "def scale(by, values):\n    return values * by\n",
    "one at another place": "def scale(by, n):\n    return n * by\n",
    "one more": "def scale(values, by, more):\n    return values\n",
    "by name only": "def scale(values, *, by):\n    return values\n",
    "the new name is taken": "def scale(xs, n):\n    by = 3\n    return xs * by * n\n",
    "the old name is bound within": "def scale(xs, n):\n    return [*map(lambda n: n, xs)]\n",
    "the old name is global": "def scale(xs, n):\n    def f():\n        global n\n    return f\n",
    "twice": "def scale(xs, n): ...\n\n\ndef scale(xs, n): ...\n",
    "not there": "def other(xs, n): ...\n",
    "another kind": "async def scale(xs, n): ...\n",
}


@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS)
def test_what_would_have_to_change_more_stays(code: str) -> None:
    assert as_signed(code, WANTED) == code


@pytest.mark.parametrize("signature", ["", "scale(values", "class Scale:", "x = 1"])
def test_what_is_no_signature_of_a_function_changes_nothing(signature: str) -> None:
    code = "def scale(xs, n):\n    return xs * n\n"
    assert as_signed(code, signature) == code


def test_a_function_with_decorators_keeps_them() -> None:
    code = "@cache\ndef scale(xs, n):\n    return xs\n"
    signed = as_signed(code, WANTED)
    assert signed == f"@cache\n{WANTED}\n    return values\n"
    ast.parse(signed)
