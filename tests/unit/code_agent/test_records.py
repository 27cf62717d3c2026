"""Old and new code called with the same inputs by the real script: what differs is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from code_agent import inside
from code_agent.python.affected import callables, unchanged_classes
from code_agent.python.inputs import calls_for
from code_agent.python.inputs_calls import Call, Step
from code_agent.python.records import Records, differences, evidence, left_out, read_records
from code_agent.python.records_closely import Closely
from tests.unit.code_agent.refactorings import REFACTORINGS, Refactoring

SCRIPT = Path(inside.__file__).parent / "characterize.py"

Told = Callable[..., list[str]]


@pytest.fixture
def records(tmp_path: Path) -> Callable[..., Records]:
    def recorded(source: str, calls: Sequence[Call], chance: int = 0) -> Records:
        file, report = tmp_path / "module.py", tmp_path / "report"
        file.write_text(source)
        told = {
            "key": "k",
            "report": str(report),
            "module": str(file),
            "calls": [one.as_data() for one in calls],
            "seconds": 1,
            "seed": chance,
        }
        subprocess.run(
            [sys.executable, "-s", "-B", SCRIPT],
            input=json.dumps(told).encode(),
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(chance)},
            check=True,
            timeout=60,
        )
        found = read_records(report.read_text(), "k")
        assert found is not None
        return found

    return recorded


@pytest.fixture
def told(records: Callable[..., Records]) -> Told:
    def compared(before: str, after: str, count: int = 120) -> list[str]:
        calls = [
            call
            for name in callables(before)
            for call in calls_for(before, name, 0, count, other=after)
        ]
        old, again = records(before, calls), records(before, calls, 1)
        closely = Closely(classes=unchanged_classes(before, after))
        assert all(one.is_enough for one in evidence(calls, old, again, closely).values())
        return differences(calls, old, again, records(after, calls), closely)

    return compared


@pytest.mark.few(3)
@pytest.mark.parametrize("one", REFACTORINGS, ids=lambda one: one.name)
def test_what_does_the_same_does_not_differ(told: Told, one: Refactoring) -> None:
    assert told(one.before, one.after) == []


WRONG = [(one, edit) for one in REFACTORINGS for edit in one.wrong]


@pytest.mark.few(5)
@pytest.mark.parametrize(("one", "edit"), WRONG, ids=lambda one: getattr(one, "name", "wrong"))
def test_what_does_something_else_differs(
    told: Told, one: Refactoring, edit: tuple[str, str]
) -> None:
    assert told(one.before, one.after.replace(*edit))


SELDOM = {
    "a limit that is reckoned": (
        "def f(n):\n    return 'KB' if n < 1024 * 1024 else 'MB'\n",
        "def f(n):\n    return 'KB' if n < 1024 * 1000 else 'MB'\n",
    ),
    "a limit of another function": (
        "def f(sizes):\n    g = lambda n: n >= 2**30\n    return [g(one) for one in sizes]\n",
        "def f(sizes):\n    return [one >= 10**9 for one in sizes]\n",
    ),
    "what is long is cut off": (
        "def f(items):\n    return [one for one in items]\n",
        "def f(items):\n    return list(items)[:500]\n",
    ),
    "another bound": (
        "def f(text: str):\n    return text[:2000]\n",
        "def f(text: str):\n    return text[:2001]\n",
    ),
    "nothing is more than None": (
        "def f(thing):\n    return 'no' if thing is None else thing\n",
        "def f(thing):\n    return thing or 'no'\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), SELDOM.values(), ids=SELDOM)
def test_what_is_otherwise_only_seldom_differs(told: Told, before: str, after: str) -> None:
    assert told(before, after)


MONEY = """
import logging, sys, time, traceback, warnings
from functools import partial
from operator import add

class Money:
    def __init__(self, cents):
        self._cents = cents
    def euros(self):
        return self._cents / 100

class Bag:
    def __init__(self, items: list[int]):
        self._items = list(items)
    def all(self):
        return list(self._items)
"""
CLOSER = {
    "itself": ("items: list[int]", "return items", "return list(items)"),
    "copied": ("items: dict[str, int]", "return dict(items)", "return items"),
    "inner": ("rows: list[list[int]]", "return rows[:1]", "return [[*row] for row in rows[:1]]"),
    "each": (
        "rows: list[list[int]]",
        "for row in rows:\n        yield row",
        "for row in rows:\n        yield row[:]",
    ),
    "shared": ("n: int", "return [[n], [n]]", "return [[n]] * 2"),
    "logs": ("n: int", "logging.info('%s', n)\n    return n", "return n"),
    "level": (
        "n: int",
        "logging.getLogger('a').debug(f'{n}')\n    return n",
        "logging.getLogger('a').info(f'{n}')\n    return n",
    ),
    "warns": ("n: int", "warnings.warn(f'{n}')\n    return n", "return n"),
    "says": ("n: int", "print(n, file=sys.stderr)\n    return n", "return n"),
    "made": ("n: int", "return lambda one: one * n", "return lambda one: one + n"),
    "field": (
        "field: str",
        "return field, (lambda row: -row[field])",
        "return field, (lambda row: row[field])",
    ),
    "decorated": (
        "times: int",
        "return lambda function: (lambda *given: [function(*given)] * times)",
        "return lambda function: (lambda *given: [function(*given)] * abs(times))",
    ),
    "hidden": ("n: int", "return Money(n)", "return Money(n * 2)"),
}
NO_MATTER = {
    "message": (
        "n: int",
        "logging.warning('it is %s', n)\n    return n",
        "logging.warning(f'it is {n}')\n    return n",
    ),
    "trace": (
        "n: int",
        "try:\n        return 1 // n\n    except ZeroDivisionError:\n"
        "        traceback.print_exc()\n        return 0",
        "try:\n        result = 1\n        return result // n\n    except ZeroDivisionError:\n"
        "        traceback.print_exc()\n        return 0",
    ),
    "stamp": (
        "n: int",
        "logging.warning('%s %s', time.time_ns(), n)\n    return n",
        "logging.warning(f'{time.time_ns()} {n}')\n    return n",
    ),
    "older": (
        "n: int",
        "logging.warn('%s', n)\n    return n",
        "logging.warning('%s', n)\n    return n",
    ),
    "adds": (
        "n: int",
        "return lambda a: a + n",
        "return partial(add, n)",
    ),
    "fresh": (
        "items: list[int]",
        "found = []\n    for one in items:\n        found.append(one)\n    return found",
        "return [*items]",
    ),
    "part": ("rows: list[list[int]]", "return rows[0]", "first = rows[0]\n    return first"),
    "same": ("n: int", "return Money(n)", "cents = n\n    return Money(cents)"),
}


def _module(cases: dict[str, tuple[str, str, str]], which: int) -> str:
    return MONEY + "".join(
        f"\n\ndef {name}({case[0]}):\n    {case[which]}\n" for name, case in cases.items()
    )


def test_what_only_a_close_look_tells_differs(told: Told) -> None:
    found = told(*(_module(CLOSER | NO_MATTER, which) for which in (1, 2)), 24)
    assert {one.partition("(")[0] for one in found} == CLOSER.keys(), found


def test_functions_that_take_too_long_are_told_in_words(told: Told) -> None:
    before = "def f(n: int):\n    return lambda: n\n"
    slow = "import time\ndef f(n: int):\n    return lambda *_: (time.sleep(0.1), n)[1]\n"
    [*_, found] = told(before.replace("lambda:", "lambda *_:"), slow, 4)
    assert "what it returns gives" in found
    assert found.endswith("before, nothing after")


@pytest.mark.parametrize("kind", ["", ": Iterable[int]", ": Iterator[int]"])
def test_to_read_more_of_an_iterator_is_a_difference_and_less_is_none(
    records: Callable[..., Records], kind: str
) -> None:
    less = (
        f"from typing import *\n\ndef f(numbers{kind}):\n    return any(n < 0 for n in numbers)\n"
    )
    more = less.replace("(n < 0 for n in numbers)", "([n < 0 for n in numbers])")
    calls = calls_for(less, "f", 0, 120)
    one, again, other = records(less, calls), records(less, calls, 1), records(more, calls)
    assert differences(calls, one, again, other, Closely())
    assert not differences(calls, other, other, one, Closely())


def test_private_attributes_of_a_class_that_is_rewritten_are_its_own(told: Told) -> None:
    after = MONEY.replace("_cents", "_amount").replace("_items = list", "_items = tuple")
    assert told(MONEY, after, 24) == []
    assert told(MONEY, after.replace("return list(", "return ("), 24) != []


def test_private_attributes_are_those_of_what_a_class_uses(told: Told) -> None:
    before = MONEY + "\n\ndef _kept(n):\n    return [n]\n\n\nclass Purse:\n"
    before += "    def __init__(self, n: int):\n        self._cents = _kept(n)\n"
    before += "    def cents(self):\n        return self._cents[0]\n"
    assert told(before, before.replace("return [n]", "return (n,)"), 24) == []
    assert told(before, before.replace("return [n]", "return [n + 1]"), 24) != []


def test_whether_a_cached_property_was_asked_for_is_no_matter(told: Told) -> None:
    before = "class Text:\n    def __init__(self, text: str):\n        self.text = text\n"
    before += "        self._words = None\n\n    @property\n    def words(self):\n"
    before += "        if self._words is None:\n            self._words = self.text.split()\n"
    before += "        return self._words\n"
    after = "from functools import cached_property\n\n\nclass Text:\n"
    after += (
        "    def __init__(self, text: str):\n        self.text = text\n\n    @cached_property\n"
    )
    after += "    def words(self):\n        return self.text.split()\n"
    assert told(before, after, 24) == []
    assert told(before, after.replace("split()", "split(' ')"), 24) != []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("return n", "return bool(n)", "f(1): 1 before, True after"),
        ("return n", "return float(n)", "f(1): 1 before, 1.0 after"),
        ("return [n]", "return (n,)", "f(1): [1] before, (1,) after"),
        (
            "return {n: 1, 2: 3}",
            "return {2: 3, n: 1}",
            "f(1): {1: 1, 2: 3} before, {2: 3, 1: 1} after",
        ),
        ("return n", "print(n)\n    return n", "f(1): it prints nothing before, '1\\n' after"),
        (
            "raise ValueError('a')",
            "raise ValueError('b')",
            "f(1): raises ValueError('a') before, raises ValueError('b') after",
        ),
        (
            "return n / 0",
            "return 0",
            "f(1): raises ZeroDivisionError('division by zero') before, 0 after",
        ),
        (
            "yield n",
            "yield n\n    raise KeyError(n)",
            "f(1): an iterator of [1] before, an iterator of [1] and then raises KeyError(1) after",
        ),
        (
            "return n",
            "open('new.txt', 'w').write('x')\n    return n",
            "f(1): it writes nothing before, 'x' after",
        ),
    ],
)
def test_differences_are_told_in_words(
    records: Callable[..., Records], before: str, after: str, says: str
) -> None:
    [call] = calls_for("def f(): ...", "f", 0, 1)
    old, new = (f"def f(n=1):\n    {body}\n" for body in (before, after))
    [found] = differences([call], records(old, [call]), records(old, [call]), records(new, [call]))
    assert found == says.replace("f(1)", "f()")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return 0.1 + 0.2", "return 0.3"),
        ("return None + 1", "return None.size"),
        ("return [1][3]", "return (1,)[3]"),
        ("return {3, 1, 2}", "return {1, 2, 3}"),
    ],
)
def test_what_is_no_matter_is_no_difference(
    records: Callable[..., Records], before: str, after: str
) -> None:
    [call] = calls_for("def f(): ...", "f", 0, 1)
    old, new = (f"def f():\n    {body}\n" for body in (before, after))
    assert not differences([call], records(old, [call]), records(old, [call]), records(new, [call]))


def test_a_function_that_cannot_be_called_tells_nothing(records: Callable[..., Records]) -> None:
    for body, is_enough in (("{}[0]", False), ("n", True)):
        source = f"def f(n=1):\n    return n, lambda: {body}\n"
        calls = calls_for(source, "f", 0, 20)
        old, again = records(source, calls), records(source, calls, 1)
        assert evidence(calls, old, again)["f"].is_enough
        assert evidence(calls, old, again, Closely())["f"].is_enough is is_enough


def test_of_what_is_too_much_all_together_the_rest_is_left_out(
    records: Callable[..., Records],
) -> None:
    source = "def f(n: int):\n    return n, ['x' * 1990] * {}\n"
    small, big = source.format("2"), source.format("400")
    calls = [Call("f", (Step("f", (str(number),)),)) for number in range(12)]
    found = records(big, calls)
    assert found.calls[0] != found.calls[-1] == {"left out": True}
    less = records(small, calls)
    assert left_out(calls, less, less, found) == calls[len(calls) - _count(found)].shown
    assert left_out(calls, found, found, found) == ""
    assert len(differences(calls, less, less, found)) == len(calls) - _count(found)


def _count(found: Records) -> int:
    return sum("left out" in one for one in found.calls)


def test_what_differs_by_itself_has_no_say(records: Callable[..., Records]) -> None:
    source = "import random\n\n\ndef f(n=1):\n    return random.random()\n"
    calls = calls_for(source, "f", 0, 20)
    old, again = records(source, calls), records(source, calls, 1)
    assert not evidence(calls, old, again)["f"].is_enough
    other = source.replace("random.random()", "3")
    assert differences(calls, old, again, records(other, calls)) == []


def test_a_report_of_another_key_is_none() -> None:
    assert read_records('{"lines": []}\n{"seal": "00"}\n', "k") is None
    assert read_records("", "k") is None
