"""The script that records what calls do, in real interpreters of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from code_agent import inside
from code_agent.inside.ygg_canonical import canonical
from code_agent.python.inputs import Call, Step, calls_for
from code_agent.python.sealed import sealed_lines

SCRIPT = Path(inside.__file__).with_name("characterize.py")
KEY = "9c1e"

Lines = list[dict[str, Any]]
Record = Callable[..., Lines]


def step(name: str, *args: str, **keywords: str) -> Step:
    return Step(name, args, tuple(keywords.items()))


def calls(*steps: Step) -> list[Call]:
    return [Call(one.name, (one,)) for one in steps]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """The head and a record for each call; nothing when the report has no seal."""

    def records(source: str, given: list[Call], **more: Any) -> Lines:
        module, report = tmp_path / "subject.py", tmp_path / "report.jsonl"
        module.write_text(dedent(source))
        report.unlink(missing_ok=True)
        told = {"key": KEY, "report": str(report), "module": str(module), "seed": 0}
        told |= {"seconds": 0.5, "calls": [one.as_data() for one in given]} | more
        ran = subprocess.run(
            [sys.executable, "-B", "-s", str(SCRIPT)],
            input=json.dumps(told).encode(),
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            capture_output=True,
            timeout=30,
        )
        assert ran.stdout == b""
        text = report.read_text() if report.exists() else ""
        return sealed_lines(text, KEY) or []

    return records


def values(lines: Lines) -> list[Any]:
    return [one["steps"][-1]["value"] for one in lines[1:]]


def test_values_that_compare_equal_are_told_apart(record: Record) -> None:
    source = """
        import collections, dataclasses

        @dataclasses.dataclass
        class Point:
            x: int
            _hidden: int = 3

        Pair = collections.namedtuple("Pair", "a b")

        def each(n):
            return [
                1, True, 1.0, "1", b"1", None, (1,), [1], {1}, frozenset({1}), {1: 1}, -0.0, 0.0,
                Point(1), Pair(1, 1), bytearray(b"1"),
            ][n]
    """
    found = values(record(source, calls(*(step("each", str(n)) for n in range(16)))))
    assert len({json.dumps(one) for one in found}) == 16


def test_the_same_is_the_same_whatever_order_or_address_it_has(record: Record) -> None:
    source = """
        class Thing:
            def __init__(self): self.size = 2

        def f():
            return {"b", "a", "c"}, object(), Thing(), lambda: 1

        def g():
            filler = [object() for _ in range(999)]
            return {"c", "a", "b"}, object(), Thing(), lambda: 2

        def order(reverse):
            pairs = [("a", 1), ("b", 2)]
            return dict(reversed(pairs) if reverse else pairs)
    """
    lines = record(
        source, calls(step("f"), step("g"), step("order", "True"), step("order", "False"))
    )
    found = values(lines)
    assert found[0] == found[1]
    assert found[2] != found[3]


def test_what_goes_round_or_on_and_on_ends(record: Record) -> None:
    source = """
        import itertools

        def circle():
            items = [1]
            items.append(items)
            return items

        def counts():
            return itertools.count()

        def deep():
            found = []
            for _ in range(100_000):
                found = [found]
            return found

        def long():
            return "x" * 9_000_000

        def breaks():
            yield 1
            raise ValueError("late")

        def recursion():
            return recursion()
    """
    names = ("circle", "counts", "deep", "long", "breaks", "recursion")
    lines = record(source, calls(*map(step, names)))
    circle, counts, deep, long, breaks = values(lines[:-1])
    assert circle == {"list": [1, {"around": 1}]}
    assert len(counts["iterator"]) == 200
    assert lines[3]["cut"] is True
    assert len(json.dumps(deep)) < 2000
    assert (long["length"], len(json.dumps(long)) < 500) == (9_000_000, True)
    assert breaks["iterator"] == [1]
    assert breaks["then"]["args"] == {"tuple": ["late"]}
    assert lines[-1] == {"too deep": True}


def test_errors_changes_and_prints_are_part_of_it(record: Record) -> None:
    source = """
        import os, sys

        def fails(n):
            if n:
                raise ValueError(f"not {n}")
            return n + "x"

        def sorts(items, by=None):
            print("sorting")
            items.sort()

        def leaves():
            sys.exit(3)

        def shouts():
            os.write(2, b"noise")

        async def later(n):
            return n + 1

        async def ticks():
            yield 1
            yield 2
    """
    lines = record(
        source,
        calls(
            step("fails", "7"),
            step("fails", "0"),
            step("sorts", "[2, 1]"),
            step("sorts", "[1, 2]", by="None"),
            step("leaves"),
            step("later", "1"),
            step("ticks"),
        ),
    )
    assert lines[0]["printed"] == ""
    one, two, three, four, five, six, seven = lines[1:]
    meant = {"raised": "ValueError", "args": {"tuple": ["not 7"]}, "meant": True}
    assert one["steps"] == [meant]
    said = two["steps"][0]
    assert (said["raised"], said["meant"]) == ("TypeError", False)
    assert three["changed"] == {"sorts 0": {"list": [1, 2]}}
    assert three["printed"] == "sorting\n"
    assert "changed" not in four
    assert five["steps"][0]["raised"] == "SystemExit"
    assert values([{}, six]) == [2]
    assert seven["steps"][0]["value"]["iterator"] == [1, 2]


def test_a_call_that_takes_too_long_is_ended_though_it_catches_that(record: Record) -> None:
    source = """
        def forever(n):
            for _ in range(3):
                try:
                    while True:
                        n += 1
                except BaseException:
                    pass
            return n

        def f(n):
            return n
    """
    lines = record(source, calls(step("forever", "1"), step("f", "1"), step("forever", "1")))
    assert lines[1:] == [{"too long": True}, {"steps": [{"value": 1}]}, {"too long": True}]


def test_what_came_back_is_told_by_what_it_is(record: Record) -> None:
    source = """
        class Queer:
            def __getattr__(self, name):
                raise ValueError(name)

        class Bag:
            def __init__(self, items):
                self.items, self._last = items, None
            def add(self, item):
                self._last = item
                return self
            def last(self):
                return self._last
            def odd(self):
                return Queer()
    """
    steps = [step("Bag", "[[1]]"), step("add", "[2]"), step("last"), step("odd")]
    [found] = record(source, [Call("Bag", tuple(steps))])[1:]
    assert found["aliases"] == {
        "0": ["it.items is argument 1", "it.items[0] is argument 1[0]"],
        "1": ["it is the object", "it.items is argument 1", "it.items[0] is argument 1[0]"],
        "2": ["it is argument 1"],
    }


def test_what_is_said_is_heard_and_a_mind_of_its_own_is_left(record: Record) -> None:
    source = """
        import logging, sys, warnings

        def f(n):
            logging.getLogger("a").debug("%s", n)
            warnings.warn("old", DeprecationWarning)
            print("oh", file=sys.stderr)
            return n, len(logging.getLogger().handlers)
    """
    one, other = record(source, calls(step("f", "1"), step("f", "1")))[1:]
    assert one == other
    assert one["logged"] == [["DEBUG", "a", "1"]]
    assert one["warned"] == [["DeprecationWarning", "old"]]
    assert (one["errors"], one["steps"]) == ("oh\n", [{"value": {"tuple": [1, 0]}}])
    [strict] = record(source + "\n        warnings.simplefilter('error')", calls(step("f", "1")))[
        1:
    ]
    assert strict["steps"][0]["raised"] == "DeprecationWarning"


def test_a_call_may_take_what_it_is_allowed(record: Record) -> None:
    source = "import time\n\ndef f(n):\n    time.sleep(0.2)\n    return n\n"
    given = calls(*[step("f", "1")] * 2)
    head, one, other = record(source, given, seconds=0.1, allowed=[0.6, 0.1])
    assert (one, other) == ({"steps": [{"value": 1}]}, {"too long": True})
    assert head["seconds"][0] >= 0.2


def test_functions_that_come_back_may_take_as_long_as_is_allowed(record: Record) -> None:
    source = "import time\n\ndef f(n):\n    return lambda *_: time.sleep(0.03)\n"
    _, one, other = record(source, calls(*[step("f", "1")] * 2), allowed=[5.0])
    assert other["functions"] == []
    assert len(one["functions"][0]) > 1


def test_what_is_made_too_big_is_an_error_of_that_call(record: Record) -> None:
    lines = record(
        "def f(n):\n    return len('x' * n)\n", calls(step("f", "10**10"), step("f", "1"))
    )
    assert lines[1]["steps"][0]["raised"] == "MemoryError"
    assert lines[2] == {"steps": [{"value": 1}]}


def test_methods_are_called_on_what_was_made(record: Record) -> None:
    source = """
        class Stack:
            def __init__(self, items=()):
                self.items = list(items)
            def push(self, item):
                self.items.append(item)
            def pop(self):
                return self.items.pop()
            @property
            def size(self):
                return len(self.items)
    """
    steps = (step("Stack", "[1]"), step("push", "5"), step("pop"), Step("size", gets=True))
    found = record(source, [Call("Stack", steps)])[1]
    assert [one.get("value") for one in found["steps"][1:]] == [None, 5, 1]
    assert found["object"] == {"object": "Stack", "has": [["items", {"list": [1]}]]}


def test_each_call_finds_its_files_and_chance_as_they_were(record: Record) -> None:
    source = """
        import random

        def roll():
            return random.random()

        def append(path):
            with open(path, "a") as file:
                file.write("more")
            with open(path) as file:
                return file.read()
    """
    again = [step("roll"), step("append", "'notes.txt'")] * 2
    lines = record(source, calls(*again))
    assert lines[1:3] == lines[3:5]
    assert lines[2]["wrote"]["notes.txt"].endswith("more")


def test_the_lines_that_ran_are_told(record: Record) -> None:
    source = "def f(n):\n    if n:\n        return 1\n    return 2\n"
    assert record(source, calls(step("f", "1")))[0]["lines"] == [2, 3]


def test_the_arms_that_ran_are_told(record: Record) -> None:
    source = """\
        def f(n):
            if n: return [10 if n > 5 else 20, n or 30, [one + 40 for one in () if one]]

        def g(n): return n + 60
    """
    lines = dedent(source).splitlines()
    head = record(source, calls(step("f", "1")))[0]
    there, ran = ({lines[row - 1][at:end] for row, at, _, end in found} for found in head["arms"])
    assert ran == {"20", lines[1][10:]}
    assert there - ran == {"10", "30", "one + 40", "return n + 60"}
    assert head["lines"] == [2]


def test_code_does_the_same_though_its_arms_are_told_apart(record: Record) -> None:
    source = """
        from __future__ import annotations
        def f(n, *more):
            text = f"{n if n else more}" "" if n else '''
            two lines'''
            def later(): yield n if n else (yield n or 3)
            return text, later(), [(a := n or 2) for _ in "ab"], (lambda k=n or 1: k)(), {
                n or 0: more and more[0] for _ in "x"}
    """
    apart = record(source, calls(step("f", "0", "5"), step("f", "1")))
    names: dict[str, Any] = {}
    exec(dedent(source), names)  # noqa: S102  as anybody would run it
    for given, line in (((0, 5), apart[1]), ((1,), apart[2])):
        assert line["steps"][0]["value"] == canonical(names["f"](*given))


def test_what_importing_it_does_is_told(record: Record) -> None:
    head = record("print('hello')\nLIMIT = 3\nseen = []\n", [])[0]
    assert (head["printed"], head["values"]) == ("hello\n", {"LIMIT": 3, "seen": {"list": []}})
    failed = record("import nothing_like_it\n", calls(step("f")))
    assert len(failed) == 1
    assert failed[0]["failed"]["raised"] == "ModuleNotFoundError"


@pytest.mark.parametrize("name", ["json", "signal", "hmac", "ygg_canonical"])
def test_a_module_may_have_any_name(tmp_path: Path, name: str) -> None:
    module, report = tmp_path / f"{name}.py", tmp_path / "report.jsonl"
    module.write_text("def f():\n    return 42\n")
    told = {"key": KEY, "report": str(report), "module": str(module), "seed": 0, "seconds": 1}
    told |= {"calls": [[{"name": "f", "args": [], "keywords": {}}]]}
    command = [sys.executable, "-B", "-s", str(SCRIPT)]
    subprocess.run(command, input=json.dumps(told).encode(), cwd=tmp_path, check=True)
    assert values(sealed_lines(report.read_text(), KEY) or []) == [42]


@pytest.mark.parametrize(
    "body",
    [
        "os._exit(0)",
        "os.kill(os.getpid(), 9)",
        "open('../../report.jsonl', 'w').write('{}')\n    os._exit(0)",
    ],
)
def test_one_that_ends_the_process_leaves_nothing_to_believe(record: Record, body: str) -> None:
    assert record(f"import os\ndef f():\n    {body}\n", calls(step("f"))) == []


def test_the_key_is_nowhere_for_the_code_to_find(record: Record) -> None:
    source = """
        import os

        def f():
            with open("/proc/self/environ") as file:
                found = [file.read()]
            with open("/proc/self/cmdline") as file:
                found.append(file.read())
            found.append(os.read(0, 999).decode())
            return [one for one in found if "9c" + "1e" in one]
    """
    assert values(record(source, calls(step("f")))) == [{"list": []}]


def test_generated_calls_can_all_be_made_and_show_what_the_code_does(record: Record) -> None:
    source = """
        from __future__ import annotations
        from typing import Optional

        def words(text, limit: int = 3):
            return [one.upper() for one in text.split()][:limit]

        def total(items: list[int], start: Optional[int] = None):
            return sum(items) + (start or 0)

        class Counter:
            def __init__(self, step: int = 1):
                self.step, self.value = step, 0
            def add(self, times: int):
                self.value += self.step * times
                return self.value
    """
    plain = dedent(source)
    for name in ("words", "total", "Counter"):
        given = calls_for(plain, name, 0, 30)
        assert given == calls_for(plain, name, 0, 30)
        lines = record(source, given)
        assert len(lines) == len(given) + 1
        shown = {json.dumps(one) for one in lines[1:] if "value" in json.dumps(one)}
        assert len(shown) >= 5, name
