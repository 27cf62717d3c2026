"""What code uses of the project's other modules."""

from __future__ import annotations

from code_agent.python.names_from_elsewhere import modules_of, names_from_elsewhere
from code_agent.python.symbols import find

PATHS = ("clock/parse.py", "clock/__init__.py", "src/shop/rates.py", "web/os.ts")
SOURCE = """\
import os.path
from dataclasses import dataclass
from clock.parse import UNITS as units, parse_duration
from clock import parse as reading
from . import near
import shop.rates


class Plan:
    @property
    def seconds(self):
        return units[0] + reading.span(self.parse_text) + near.by.hand + shop.rates.RATE

    def join(self, parse_duration_text):
        return os.path.join(dataclass)


def other():
    return parse_duration(1)
"""


def test_only_what_modules_of_the_project_have_counts() -> None:
    modules = modules_of(PATHS)
    assert modules == {"parse", "clock", "__init__", "src", "shop", "rates"}
    found = names_from_elsewhere(SOURCE, SOURCE, modules)
    assert set(found) == {
        *("UNITS", "parse", "span", "near", "by", "hand", "rates", "RATE", "parse_duration")
    }


def test_of_a_part_what_that_uses_counts() -> None:
    method, other = (find(SOURCE, name).text for name in ("Plan.join", "other"))
    assert names_from_elsewhere(SOURCE, method, modules_of(PATHS)) == ()
    assert names_from_elsewhere(SOURCE, other, modules_of(PATHS)) == ("parse_duration",)


def test_what_is_no_python_uses_nothing() -> None:
    assert names_from_elsewhere("def (", "x", {"x"}) == ()
    assert names_from_elsewhere("import x", "x.(", {"x"}) == ()
