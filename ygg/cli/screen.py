"""What others wrote, on its way to a terminal: colours pass, whatever else would steer it is shown.

A task's log is the words of strangers, and a terminal obeys: it can be told to clear itself, to
take a title, to fill the clipboard. A pipe gets everything as it is.
"""

from __future__ import annotations

import re

_COLOUR = r"\x1b\[[0-9;:]{0,64}m"
_STEERS = re.compile(
    rf"(?P<colour>{_COLOUR})|\r\n?|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
_UNFINISHED = re.compile(r"(?:\x1b(?:\[[0-9;:]{0,64})?|\r)\Z")
PLAIN_AGAIN = "\x1b[0m"
_PICTURES = 0x2400
"""Where Unicode shows the control characters: ␛ for escape."""
_FIRST_PRINTABLE = 0x20
_DELETE, _DELETE_PICTURE = 0x7F, "␡"


class Screen:
    """One stream to a terminal, piece by piece: a sequence may begin in one and end in the next."""

    def __init__(self) -> None:
        self._held = ""
        self._coloured = False

    def show(self, piece: str) -> str:
        text = self._held + piece
        unfinished = _UNFINISHED.search(text)
        self._held = unfinished.group() if unfinished else ""
        return _STEERS.sub(self._shown, text[: len(text) - len(self._held)])

    def rest(self) -> str:
        """What was held back: nothing completes it."""
        held, self._held = self._held, ""
        return _visible(held[:1]) + held[1:]

    def plain_again(self) -> str:
        """Ends the colours that a task left on."""
        coloured, self._coloured = self._coloured, False
        return PLAIN_AGAIN if coloured else ""

    def _shown(self, found: re.Match[str]) -> str:
        if found["colour"]:
            self._coloured = found.group() not in (PLAIN_AGAIN, "\x1b[m")
            return found.group()
        return _visible(found.group())


def shown(text: str) -> str:
    """The whole of a text."""
    if text.isprintable():
        return text
    screen = Screen()
    return screen.show(text) + screen.rest() + screen.plain_again()


def literal(text: str) -> str:
    """Code to be judged: nothing in it may hide, no colour and no letter without width either."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each == "\t" else _seen(each) for each in text)


def _seen(hidden: str) -> str:
    return chr(_PICTURES + ord("\r")) if hidden == "\r" else _visible(hidden)


def _visible(control: str) -> str:
    """A lone return would let a line be written over; it ends the line instead."""
    if control[:1] in ("", "\r"):
        return "\n" if control else ""
    code = ord(control)
    if code < _FIRST_PRINTABLE:
        return chr(_PICTURES + code)
    return _DELETE_PICTURE if code == _DELETE else f"\\u{code:04x}"
