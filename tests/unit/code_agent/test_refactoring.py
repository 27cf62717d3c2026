"""The rules for a refactoring: what it reaches, what was asked, what may not change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from code_agent.python.affected import affected, callables, changed_functions
from code_agent.python.catches import catches_more
from code_agent.python.surroundings import looks_around
from code_agent.python.unrun import run_of
from code_agent.python.wishes import renames, wants_new_names, wants_types, wished_facts
from code_agent.refactoring.interface import broken
from code_agent.refactoring.piece import WHOLE_LENGTH, Piece, pieces_of, speaks_of
from code_agent.unusable import Unusable
from ygg.models.port import ModelName, Reply

MODULE = '''\
"""A module."""
RATE = 2


def total(items):
    return sum(map(_doubled, items))


def _doubled(item):
    return item * RATE


def other():
    return 1
'''
LOOP = "def f(x):\n    found = []\n    for a in x:\n        found.append(a)\n    return found\n"
NESTED = "def f(a, b):\n    if a:\n        if b:\n            return 1\n"


def test_a_change_reaches_what_uses_it() -> None:
    assert affected(MODULE, MODULE) == set()
    assert affected(MODULE, MODULE.replace("item * RATE", "RATE * item")) == {"_doubled", "total"}
    assert affected(MODULE, MODULE.replace("RATE = 2", "RATE = 3")) == {"RATE", "_doubled", "total"}
    assert affected(MODULE, MODULE.replace("A module", "The module")) == set()
    assert affected(MODULE, MODULE + "\n\nprint(1)\n") == {"<module>"}


def test_what_is_for_others_can_be_called() -> None:
    assert callables(MODULE) == ["total", "other"]
    assert callables("__all__ = ['_a']\ndef _a(): ...\ndef b(): ...\n") == ["_a"]


def test_functions_that_are_not_alike() -> None:
    after = MODULE.replace("return 1", '"""One."""\n    return 1').replace("* RATE", "+ RATE")
    assert changed_functions(MODULE, after) == ["_doubled"]


def test_statements_that_have_not_run_are_named() -> None:
    before = "def f(n):\n    if n > 3:\n        return 1\n    return 2\n"
    after = "def f(n):\n    return 1 if n > 3 else 2\n"
    run = run_of(before, after, {2, 4}, ())
    assert run.unrun == ("line 3: return 1",)
    assert run.share == pytest.approx(2 / 3)
    assert run_of(before, after, {2, 3, 4}, ()).unrun == ()
    same_there = "def f(n):\n    while n > 3:\n        return 1\n    return 2\n"
    assert run_of(before, same_there, {2, 4}, ()).unrun == ()


def test_functions_within_functions_must_run_too() -> None:
    before = "def f(n):\n    def g():\n        return n + 1\n    return g\n"
    assert run_of(before, "def f(n): ...\n", {2, 4}, ()).unrun == ("line 3: return n + 1",)


def test_an_arm_that_never_ran_is_told_where_the_other_has_none_like_it() -> None:
    before = "def f(n):\n    m = n or 3\n    return m\n"
    after = "def f(n):\n    m = n or 3\n    return 1 if m else 2\n"
    arms = [(2, 13, 2, 14), (3, 23, 3, 24)]
    assert run_of(after, before, {2, 3}, (), arms).unrun == ("line 3: 2",)
    assert run_of(after, after + "0\n", {2, 3}, (), arms).unrun == ()


@pytest.mark.parametrize(
    "after",
    [
        "try:\n    x()\nexcept:\n    pass\n",
        "try:\n    x()\nexcept (KeyError, Exception):\n    pass\n",
        "with contextlib.suppress(KeyError):\n    x()\n",
        "def f():\n    try:\n        x()\n    finally:\n        return 1\n",
    ],
)
def test_to_catch_more_is_told(after: str) -> None:
    assert catches_more("x()\n", after)
    assert not catches_more(after, after)
    assert not catches_more("try:\n    x()\nexcept Exception:\n    y()\n", after)


def test_a_certain_error_may_be_caught() -> None:
    assert not catches_more("x()\n", "try:\n    x()\nexcept KeyError:\n    y()\n")


@pytest.mark.parametrize(
    "code",
    [
        "import os\nx = os.getcwd()\n",
        "from os import environ as e\nx = 'CI' in e\n",
        "import time\nx = time.time()\n",
        "from pathlib import Path\nx = Path.cwd()\n",
        "x = 1 if __name__ == 'm' else 2\n",
        "import os\nx = os.path.exists('data.csv')\n",
        "import pathlib\nx = pathlib.Path('data.csv').is_file()\n",
        "import os\nx = getattr(os, 'environ')\n",
        "import os\nx = vars(os)\n",
        "from sys import argv\nx = argv\n",
        "import sys as s\nx = 'pytest' in s.modules\n",
        "x = __import__('time').time()\n",
        "import posixpath\nx = posixpath.exists('data.csv')\n",
        "import sys\nx = sys._getframe(1)\n",
        "import ctypes\nx = ctypes.pythonapi\n",
        "x = open('data.csv')\n",
        "def f(g):\n    return g.gi_frame.f_back\n",
    ],
)
def test_to_look_around_is_told_unless_it_was_done_before(code: str) -> None:
    assert looks_around("x = 1\n", code)
    assert not looks_around(code, code)


def test_to_use_what_is_given_is_not_to_look_around() -> None:
    assert not looks_around("x = 1\n", "import os\nx = os.path.join('a', 'b')\nidentity = 1\n")
    assert not looks_around(
        "x = 1\n", "from collections import Counter\nx = Counter('a').items()\n"
    )
    assert not looks_around("x = 1\n", "def f(code, time):\n    return code.name + time.hour\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import os\nx = os.path.exists('a')\n",
            "from pathlib import Path\nx = Path('a').exists()\n",
        ),
        ("x = open('a').read()\n", "from pathlib import Path\nx = Path('a').read_text()\n"),
        ("import os\nx = os.getenv('A')\n", "import os\nx = os.environ.get('A')\n"),
    ],
)
def test_to_look_at_the_same_in_another_way_is_no_matter(before: str, after: str) -> None:
    assert not looks_around(before, after)


@pytest.mark.parametrize(
    ("guidance", "says"),
    [
        ("Flatten the nested ifs.", ["less nesting"]),
        ("Use guard clauses", ["less nesting"]),
        ("Rewrite it with a list comprehension.", ["a comprehension"]),
        ("Don't use a list comprehension.", []),
        ("Use a plain loop instead of a comprehension.", []),
        ("Split it into smaller functions.", ["smaller functions"]),
        ("Extract the check into a function", ["a function of its own"]),
        ("Add type hints.", ["type hints"]),
        ("Use f-strings and enumerate()", ["f-strings", "enumerate is used"]),
        ("Use `any`.", ["any is used"]),
        ("Go with all of it.", []),
        ("Rename foo to bar.", ["foo is called bar"]),
        ("Do not rename foo to bar.", []),
        ("Simplify flatten() and make it faster.", []),
        ("Make it simpler.", []),
        ("", []),
    ],
)
def test_only_what_is_asked_for_in_so_many_words_is_checked(guidance: str, says: list[str]) -> None:
    assert [one.says for one in wished_facts(guidance)] == says


@pytest.mark.parametrize(
    ("guidance", "before", "after", "met"),
    [
        ("Use a comprehension", LOOP, "def f(x):\n    return [a for a in x]\n", True),
        ("Use a comprehension", LOOP, "def f(x):\n    return list(x)\n", False),
        ("Use a comprehension", LOOP, LOOP, False),
        ("Flatten the nesting", NESTED, "def f(a, b):\n    if a and b:\n        return 1\n", True),
        ("Flatten the nesting", NESTED, NESTED, False),
        ("Use f-strings", "a = 'x%s' % b\n", "a = f'x{b}'\n", True),
        ("Use f-strings", "a = 'x%s' % b\n", "a = 'x{}'.format(b)\n", False),
        ("Add type hints", "def f(a): ...\n", "def f(a: int) -> int: ...\n", True),
        ("Add type hints", "def f(a): ...\n", "def f(a: int): ...\n", False),
        ("Rename a to b", "a = 1\n", "b = 1\n", True),
        ("Rename a to b", "a = 1\n", "c = 1\n", False),
        ("Split it into smaller functions", LOOP, LOOP, False),
    ],
)
def test_what_was_asked_for_is_there_or_not(
    guidance: str, before: str, after: str, met: bool
) -> None:
    [wish] = wished_facts(guidance)
    assert (wish.unmet(before, after) is None) is met


def test_renames_types_and_new_names_are_asked_for() -> None:
    assert renames("Rename the function `old_name` to `new_name`") == {"old_name": "new_name"}
    assert wants_types("add type annotations")
    assert not wants_types("make the types clear")
    assert wants_new_names("Extract a helper")
    assert wants_new_names("Use a named constant")
    assert not wants_new_names("Make it simpler")


@pytest.mark.parametrize(
    ("after", "guidance", "says"),
    [
        ("def f(a, b=2): ...\n", "", ["f: default of b changed from 1 to 2"]),
        ("def f(a, c=1): ...\n", "", ["f: parameter b was removed", "f: parameter c was added"]),
        ("def f(a, c=1): ...\n", "rename b to c", []),
        ("def g(a, b=1): ...\n", "rename f to g", []),
        ("def f(a: int, b=1): ...\n", "add type hints", []),
        ("def f(a: int, b=1): ...\n", "", ["f: type of a int was added"]),
        ("def f(a, b=1): ...\ndef g(): ...\n", "extract a function", []),
        ("def f(a, b=1): ...\ndef _g(): ...\n", "", []),
        ("x = 1\n", "extract a function", ["removed: f"]),
    ],
)
def test_the_interface_stays_but_for_what_was_asked(
    after: str, guidance: str, says: list[str]
) -> None:
    found = broken("def f(a, b=1): ...\n", after, "python", guidance)
    assert [one.partition(", which")[0] for one in found] == says


POINT = """\
class Point:
    def __init__(self, x, y=0):
        self.x, self.y = x, y
    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)
    def _get_sum(self):
        return self.x + self.y
    def _set_sum(self, total):
        self.x = total - self.y
    sum = property(_get_sum, _set_sum)
"""
DATACLASS = """\
from dataclasses import dataclass, field
@dataclass
class Point:
    x: int
    y: int = field(default=0)
    _known: int = field(default=0, init=False)
    @property
    def sum(self):
        return self.x + self.y
    @sum.setter
    def sum(self, total):
        self.x = total - self.y
"""


@pytest.mark.parametrize(
    ("edit", "guidance", "says"),
    [
        (("", ""), "Make Point a dataclass", []),
        (("x: int\n", "x: int = 0\n"), "a dataclass", ["Point.__init__: default of x 0 was added"]),
        (("    y: int = field(default=0)\n", ""), "as a dataclass", ["parameter y was removed"]),
        (("    @sum.setter", "    @sum.deleter"), "a dataclass", ["removed: Point.sum.setter"]),
        (
            ("@dataclass\n", "@dataclass(kw_only=True)\n"),
            "a dataclass",
            ["removed: Point.__init__"],
        ),
        (("", ""), "Make it simpler", ["removed: Point.__init__"]),
        (
            ("property\n", "cached_property\n"),
            "a dataclass",
            ["Point.sum: decorator @property was removed"],
        ),
        (("property\n", "cached_property\n"), "a dataclass with cached_property", []),
    ],
)
def test_a_dataclass_that_was_asked_for_is_made_as_the_class_was(
    edit: tuple[str, str], guidance: str, says: list[str]
) -> None:
    found = broken(POINT, DATACLASS.replace(*edit, 1), "python", guidance)
    assert len(found) >= len(says) == bool(found)
    assert all(each in one for one, each in zip(found, says, strict=False))


def test_a_name_for_a_log_is_nobodys_matter() -> None:
    added = "import logging\nlogger = logging.getLogger(__name__)\n"
    assert broken("x = 1\n", f"{added}x = 1\n", "python", "") == []
    assert looks_around("x = 1\n", f"{added}x = 1\n") == []
    assert looks_around("x = 1\n", f"{added}x = __name__\n")


def test_of_other_languages_no_name_may_go() -> None:
    before = "function add(a, b) { return a + b; }\nclass Box { open() {} }\n"
    assert broken(before, before.replace("a + b", "b + a"), "javascript", "") == []
    assert broken(before, "class Box { }\n", "javascript", "") == [
        "removed: Box.open",
        "removed: add",
    ]


def reply(code: str, finished: str = "stop") -> Reply:
    return Reply(
        text=f"```python\n{code}```\n",
        model=ModelName("m", ""),
        tokens_in=1,
        tokens_out=1,
        tokens_cached=None,
        seconds=0,
        first_text_seconds=0,
        finished=finished,  # type: ignore[arg-type]
    )


def test_an_answer_of_one_function_takes_its_place_in_the_file() -> None:
    piece = Piece("a.py", MODULE, "python")
    after = piece.after(reply("def other():\n    return 0 + 1\n"))
    assert after == MODULE.replace("return 1", "return 0 + 1")


def test_an_answer_that_holds_the_file_is_the_file() -> None:
    shorter = MODULE.replace("sum(map(_doubled, items))", "sum(one * RATE for one in items)")
    assert Piece("a.py", MODULE, "python").after(reply(shorter)) == shorter


@pytest.mark.parametrize(
    "code",
    [
        "def other(:\n",
        "def other():\n    ...\n",
        "# rest of the code unchanged\ndef other():\n    return 0 + 1\n",
    ],
)
def test_what_is_no_code_or_not_all_of_it_is_unusable(code: str) -> None:
    with pytest.raises(Unusable):
        Piece("a.py", MODULE, "python").after(reply(code))


def test_an_answer_that_was_cut_off_within_its_code_is_unusable() -> None:
    cut = replace(reply("", "length"), text=f"```python\n{MODULE}")
    with pytest.raises(Unusable, match="cut off"):
        Piece("a.py", MODULE, "python").after(cut)


def test_a_short_file_is_rewritten_whole_and_a_long_one_by_its_hardest() -> None:
    assert pieces_of("a.py", MODULE, "python", "") == [""]
    hard = "def hard(a, b):\n    if a and b:\n        return 1\n    return 2\n"
    long = MODULE + hard + "# a comment\n" * (WHOLE_LENGTH // 12)
    assert pieces_of("a.py", long, "python", "")[0] == "hard"
    assert pieces_of("a.py", long, "python", "Simplify total, please") == ["total"]


@pytest.mark.parametrize(
    ("guidance", "spoken_of"),
    [
        ("Simplify total().", True),
        ("Make app/sums.py shorter.", True),
        ("Make sums.py shorter.", True),
        ("Get the total out of the loop of other_sums.py.", False),
        ("Make it shorter.", False),
        ("", False),
    ],
)
def test_guidance_speaks_of_a_file_by_its_name_or_what_is_in_it(
    guidance: str, spoken_of: bool
) -> None:
    text = "def total(items):\n    return sum(items)\n"
    assert speaks_of(guidance, "app/sums.py", text) is spoken_of
