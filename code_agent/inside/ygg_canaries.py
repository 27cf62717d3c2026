"""Whether pytest still tells a test that fails, after code was imported that may not wish so.

The tests of `ygg_canary` are run as all others are, by whatever pytest's parts are now. What they
are told apart by is taken before any code is imported that is to be judged.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import _pytest.runner as runner
import pytest

NAME = "ygg_canary"
_PATH = Path(__file__).with_name(f"{NAME}.py")
_FUNCTIONS = (
    *("test_passes", "test_fails_by_assert", "test_fails_by_an_error", "test_fails_by_raises"),
    *("test_fails_by_another_error", "test_fails_by_the_words_of_an_error"),
    "test_fails_by_approx",
)
_UNITS = ("test_passes_as_unit", "test_fails_as_unit", "test_fails_as_unit_by_raises")


def run_canaries(session: pytest.Session) -> None:
    """Nobody but who makes reports of them hears of it: they count nowhere."""
    sys.modules.pop(NAME, None)  # so that its assertions are rewritten by what does so now
    try:
        for item in _items(session):
            # The project's own fixtures, which all tests get, are not for these.
            item.fixturenames.clear()
            runner.runtestprotocol(item, log=False, nextitem=None)
    finally:
        sys.modules.pop(NAME, None)


def doubt(ended: Mapping[str, str]) -> str:
    """Why what pytest says is not to be believed, of how each of these tests ended."""
    for name in (*_FUNCTIONS, *_UNITS):
        wanted = "passed" if name.startswith("test_passes") else "failed"
        came = ended.get(name) or "not run"
        if came != wanted:
            return f"the test runner was tampered with: a test that must be {wanted} is {came}"
    return ""


def _items(session: pytest.Session) -> Iterator[pytest.Function]:
    module = pytest.Module.from_parent(session, path=_PATH)
    module.obj = import_module(NAME)
    for node in module.collect():
        if isinstance(node, pytest.Function):
            yield node
        elif isinstance(node, pytest.Class):
            yield from (one for one in node.collect() if isinstance(one, pytest.Function))
    for name in _FUNCTIONS:  # a project may name its tests otherwise
        if not module.funcnamefilter(name):
            yield pytest.Function.from_parent(module, name=name)
