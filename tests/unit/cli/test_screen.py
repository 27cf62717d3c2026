"""What passes to a terminal of what a stranger wrote."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.cli.screen import Screen, shown

SEQUENCES = [
    "\x1b[1;31m",
    "\x1b[0m",
    "\x1b[2J",
    "\x1b]52;c;aGk=\x07",
    "\x1b",
    "\r",
    "\n",
    "\x9b",
    "é",
    "[",
]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[38;5;9mred\x1b[m", "\x1b[38;5;9mred\x1b[m"),
        ("\x1b[31mred", "\x1b[31mred\x1b[0m"),
        ("\x1b[2J\x1b]0;t\x07\x1bc", "␛[2J␛]0;t␇␛c"),
        ("one\r\ntwo\rthree\r", "one\ntwo\nthree\n"),
        ("a\x08b\x7f\x00\x9bm", "a␈b␡␀\\u009bm"),
        ("safe\u202egpj", "safe\\u202egpj"),
        ("\x1b[" + "1" * 99 + "m", "␛[" + "1" * 99 + "m"),
    ],
)
def test_colours_pass_and_the_rest_is_shown(written, seen):
    assert shown(written) == seen


@given(st.lists(st.sampled_from(SEQUENCES) | st.text(max_size=3)), st.data())
def test_where_a_text_is_cut_changes_nothing(parts, data):
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    screen = Screen()
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    found = "".join(screen.show(piece) for piece in pieces) + screen.rest() + screen.plain_again()
    assert found == shown(text)
    left = re.sub(r"\x1b\[[0-9;:]*m", "", found)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", left)
