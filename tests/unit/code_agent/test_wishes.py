"""What was asked for is looked for where the change was to be, and nowhere else."""

from __future__ import annotations

import pytest

from code_agent.python.wishes import asks_for_more, left_to, places_of, wished_facts

WHILE = "def f(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n"
FOR = "def f(n):\n    i = 0\n    for i in range(n):\n        i += 1\n    return i\n"
LOOP = "def f(x):\n    found = []\n    for a in x:\n        found.append(a)\n    return found\n"
DEEP = "def f(a, b, c):\n    if a:\n        if b:\n            if c:\n                return 1\n"
LONG = "def f(a):\n" + "    a += 1\n" * 6
CALLS_ITSELF = "def f(n):\n    return n and n + f(n - 1)\n"
COUNTS = "def f():\n    global count\n    count += 1\n"
OPENS = "def f(path):\n    return open(path).read()\n"

CHANGES = {
    "while": ("Replace the while loop by a for loop", WHILE, FOR),
    "recursion": ("Replace the recursion by a loop", CALLS_ITSELF, "def f(n):\n    return n\n"),
    "comprehension": ("Use a list comprehension", LOOP, "def f(x):\n    return [a for a in x]\n"),
    "nesting": (
        *("Flatten the nested ifs", DEEP),
        "def f(a, b, c):\n    if a and b and c:\n        return 1\n",
    ),
    "split": (
        *("Split it into smaller functions", LONG),
        "def _g(a):\n    a += 3\n    return a\n\n\ndef f(a):\n    return _g(_g(a))\n",
    ),
    "%": ("Use f-strings", "def f(a):\n    return 'x%s' % a\n", "def f(a):\n    return f'x{a}'\n"),
    "format": (
        *("Use f-strings", "def f(a):\n    return 'x{}'.format(a)\n"),
        "def f(a):\n    return f'x{a}'\n",
    ),
    "global": ("Remove the global", COUNTS, "def f(count):\n    return count + 1\n"),
    "open": (
        *("Use a context manager", OPENS.replace("return ", "f = ")),
        "def f(path):\n    with open(path) as f:\n        f.read()\n",
    ),
    "types": ("Add type hints", "def f(a): ...\n", "def f(a: int) -> int: ...\n"),
    "rename": ("Rename a to b", "def f(a):\n    return a\n", "def f(b):\n    return b\n"),
    "enumerate": (
        *("Use enumerate", "def f(x):\n    return list(x)\n"),
        "def f(x):\n    return [*enumerate(x)]\n",
    ),
}
AS_BEFORE = {name: before.replace("f(", "g(") for name, (_, before, _) in CHANGES.items()}
"""A second function that is as the first one was, and stays so."""


def met(guidance: str, before: str, after: str, names: tuple[str, ...] | list[str] = ()) -> bool:
    [wish] = wished_facts(guidance)
    return wish.unmet(before, after, names) is None


@pytest.mark.parametrize("name", CHANGES)
def test_of_a_symbol_only_that_is_judged(name: str) -> None:
    guidance, before, after = CHANGES[name]
    other = AS_BEFORE[name]
    assert met(guidance, before + other, after + other, ["f"])
    assert not met(guidance, before + other, before + other, ["f"])


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_done_elsewhere_is_not_what_was_asked_for(name: str) -> None:
    guidance, before, after = CHANGES[name]
    done = after.replace("f(", "g(").replace("_g(", "_h(")
    assert not met(guidance, before + AS_BEFORE[name], before + done, ["f"])


@pytest.mark.parametrize("name", ["while", "recursion", "comprehension", "nesting"])
def test_of_a_whole_file_one_less_is_what_one_is_asked_for(name: str) -> None:
    guidance, before, after = CHANGES[name]
    other = AS_BEFORE[name]
    assert met(guidance, before + other, after + other)
    assert not met(guidance, before + other, before + other)


@pytest.mark.parametrize("name", ["%", "format", "global", "open", "types"])
def test_of_a_whole_file_all_is_asked_for_where_it_is_said_of_all(name: str) -> None:
    guidance, before, after = CHANGES[name]
    other = AS_BEFORE[name]
    assert not met(guidance, before + other, after + other)
    assert met(guidance, before, after)


@pytest.mark.parametrize(
    ("guidance", "other"),
    [
        ("Use f-strings", "def g(a):\n    return '{} {}'.format(*a)\n"),
        ("Use f-strings", "def g(a):\n    return '{b}'.format(**a)\n"),
        ("Use a context manager", "def g(path):\n    return open(path)\n"),
        ("Use a context manager", "def g(s, path):\n    s.file = open(path)\n"),
        ("Use a context manager", "def g(s, path):\n    return s.enter_context(open(path))\n"),
        ("Remove the global count", "def g():\n    global size\n    size += 1\n"),
        ("Rename a to b", "def g(x):\n    return x.a()\n"),
    ],
)
def test_what_must_be_otherwise_may_stay(guidance: str, other: str) -> None:
    [(before, after)] = [
        one[1:] for one in CHANGES.values() if guidance.removesuffix(" count") == one[0]
    ][:1]
    assert met(guidance, before + other, after + other)
    assert not met(guidance, before + other, before + other)


def test_what_moved_into_a_new_function_is_still_there() -> None:
    moved = WHILE.replace("f(", "_g(") + "def f(n):\n    return _g(n)\n"
    assert not met("Replace the while loop by a for loop", WHILE, moved, ["f"])


def test_where_there_was_none_none_is_asked_for() -> None:
    plain = "def f(a):\n    return a\n" + WHILE.replace("f(", "g(")
    after = plain.replace("return a", "return 1 * a")
    for guidance in ("Use f-strings", "Use a comprehension", "Make it a for loop"):
        assert met(guidance, plain, after, ["f"])


def test_of_a_method_only_that_is_judged() -> None:
    before = (
        "class A:\n    def __init__(self, a): ...\n    def f(self, a): ...\n    def g(self): ...\n"
    )
    after = before.replace("f(self, a)", "f(self, a: int) -> int")
    assert met("Add type hints", before, after, ["A.f"])
    assert not met("Add type hints", before, after, ["A"])
    assert not met("Add type hints", before, after, ["A.g"])


def test_imports_and_new_constants_belong_to_a_symbol_that_uses_them() -> None:
    before = "def next_id():\n    global last\n    last += 1\n    return last\n"
    after = (
        "import itertools\n\n_ids = itertools.count(1)\n\ndef next_id():\n    return next(_ids)\n"
    )
    assert met("Use itertools", before, after, ["next_id"])
    other = "import pathlib\n\ndef g():\n    return pathlib.Path()\n\n"
    assert not met("Use pathlib", other + before, other + after, ["next_id"])
    assert met("Use pathlib", "import pathlib\n" + OPENS, other + other.replace("g(", "f("), ["f"])


@pytest.mark.parametrize(
    ("guidance", "names"),
    [
        ("Use a for loop in total", ["total"]),
        ("Use a for loop in `total`.", ["total"]),
        ("Simplify total(): use a for loop", ["total"]),
        ("Use a for loop in Stack.pop_all", ["Stack.pop_all"]),
        ("pop_all needs no while loop", ["Stack.pop_all"]),
        ("Give the class Stack type hints", ["Stack"]),
        ("Use a for loop for the total", []),
        ("Rename the function total to add_up", []),
        ("Add type hints", []),
    ],
)
def test_symbols_are_told_from_words(guidance: str, names: list[str]) -> None:
    source = "def total(x): ...\ndef add(x): ...\nclass Stack:\n    def pop_all(self): ...\n"
    assert places_of(guidance, source) == names


@pytest.mark.parametrize(
    ("guidance", "more"),
    [
        ("", False),
        ("Simplify this function, please.", False),
        ("Make it shorter and easier to read!", False),
        ("Give the local variables better names.", True),
        ("Go through the list only once.", True),
    ],
)
def test_simpler_code_is_looked_at_without_being_asked_for(guidance: str, more: bool) -> None:
    assert asks_for_more(guidance) is more


@pytest.mark.parametrize(
    ("guidance", "parts"),
    [
        ("Make it simpler.", set()),
        ("Take the logging out.", {"logged", "errors"}),
        ("Simplify it, and leave the logging as it is.", set()),
        ("Return a copy.", {"aliases"}),
    ],
)
def test_what_guidance_speaks_of_may_become_another(guidance: str, parts: set[str]) -> None:
    assert left_to(guidance) == parts
