"""Classes that decide themselves what they are equal to."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.own_comparisons import own_comparisons


@pytest.mark.parametrize(
    "source",
    [
        "def f(): return type('N', (), {'__eq__': lambda s, o: True})()\n",
        "def f(): return type('N', (), dict(__eq__=lambda s, o: True))()\n",
        "def f(): return type('N', (), {'__e' + 'q__': lambda s, o: True})()\n",
        "class N:\n    def __eq__(self, other):\n        same = True\n        return same\n",
        "class N:\n    def __eq__(self, other): return self.n == self.n\n",
        "class N:\n    def __eq__(self, other): return self.n == other.n or True\n",
        "class N:\n    def __ne__(self, other): return bool(0)\n",
        "class N:\n    def __lt__(self, other): return 1 < 2\n",
        "class N:\n    def __bool__(self): return True\n",
        "class N:\n    __eq__ = f\n",
        "class N: pass\nsetattr(N, '__eq__', f)\n",
        "class N: pass\nN.__eq__ = f\n",
        "class N:\n    __class__ = int\n",
    ],
)
def test_what_may_be_equal_to_anything(source: str) -> None:
    assert own_comparisons(source)
    assert not own_comparisons(source, source)


@pytest.mark.parametrize(
    "body",
    [
        "    def __eq__(self, other): return isinstance(other, P) and self.x == other.x\n",
        "    def __eq__(self, o):\n        if not isinstance(o, P):\n"
        "            return NotImplemented\n        return (self.x, self.y) == (o.x, o.y)\n",
        '    def __lt__(self, other):\n        """By x."""\n        return self.x < other.x\n',
        "    def __bool__(self): return bool(self.items)\n",
        "    def equal(self, other): return True\n",
    ],
)
def test_fields_may_be_compared(body: str) -> None:
    assert own_comparisons("class P:\n" + body) == []


def test_it_may_be_what_is_wished() -> None:
    source = "class Version:\n    def __lt__(self, other): return key(self) < key(other)\n"
    assert own_comparisons(source) == ["line 2: __lt__ decides what it is equal to"]
    assert not own_comparisons(source, given="A class Version that can be ordered.")
    assert not own_comparisons(source, given="Give it __lt__.")
    assert own_comparisons(source, given="The larger of two equal numbers.")


@given(st.text())
def test_no_text_is_a_surprise(source: str) -> None:
    with suppress(SyntaxError):
        own_comparisons(source, source)
