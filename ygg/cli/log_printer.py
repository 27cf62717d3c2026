"""A task's log as it comes, on the streams where a person or a pipe wants it."""

from __future__ import annotations

import sys
from enum import Enum
from typing import IO, TYPE_CHECKING

from ygg.cli.output import note, plain, say_json_line
from ygg.cli.screen import Screen
from ygg.cli.streams import discard

if TYPE_CHECKING:
    from ygg import views


class Where(Enum):
    APART = "each stream of the task on our own of that name, as if it ran here"
    STDOUT = "all of it on stdout: the log is what was asked for"
    STDERR = "all of it on stderr: stdout is for something else"


class LogPrinter:
    """Writes each piece once, whatever is sent again after a broken connection."""

    def __init__(self, where: Where, *, as_json: bool = False) -> None:
        self.wrote_stdout = False
        """Something that the task wrote on its stdout was shown."""
        self._seen: tuple[int, int] = (0, -1)
        self._where = where
        self._as_json = as_json
        self._unended: list[IO[str]] = []
        self._screens: dict[IO[str], Screen] = {}

    def write(self, line: views.LogLine) -> None:
        place = (line["attempt"], line["sequence"])
        if place <= self._seen:
            return
        another = self._seen[0] not in (0, line["attempt"])
        self._seen = place
        if self._as_json:
            say_json_line(line)
            return
        if another:
            self._remark(f"attempt {line['attempt']}")
        self._write_text(line)

    def end_line(self) -> None:
        """So that what follows begins on a line of its own."""
        for out, screen in self._screens.items():
            self._print(out, screen.rest())
            _write(out, screen.plain_again())
        while self._unended:
            _write(self._unended.pop(), "\n")

    def end_talk(self) -> None:
        """As `end_line`, but a pipe gets from stdout what the task wrote and no more."""
        piped = [] if sys.stdout.isatty() else [sys.stdout]
        kept = [out for out in self._unended if out in piped]
        self._unended = [out for out in self._unended if out not in piped]
        self.end_line()
        self._unended = kept

    def _write_text(self, line: views.LogLine) -> None:
        if line["dropped_bytes"]:
            self._remark(f"{line['dropped_bytes']:,} bytes of the log were dropped here")
        if line["stream"] in ("ygg", "progress"):
            if line["text"].strip():
                self._remark(plain(line["text"].strip()))
        elif line["text"]:
            self._pass_on(line["stream"], line["text"])

    def _pass_on(self, stream: str, text: str) -> None:
        out = self._out(stream)
        self.wrote_stdout = self.wrote_stdout or stream == "stdout"
        if out.isatty():
            text = self._screens.setdefault(out, Screen()).show(text)
        self._print(out, text)

    def _print(self, out: IO[str], text: str) -> None:
        if not text:
            return
        _write(out, text)
        self._unended = [other for other in self._unended if other is not out]
        if not text.endswith("\n"):
            self._unended.append(out)

    def _out(self, stream: str) -> IO[str]:
        if self._where is Where.APART:
            return sys.stderr if stream == "stderr" else sys.stdout
        return sys.stderr if self._where is Where.STDERR else sys.stdout

    def _remark(self, text: str) -> None:
        self.end_talk()
        note(f"ygg: {text}")


def _write(out: IO[str], text: str) -> None:
    try:
        out.write(text)
        out.flush()
    except OSError:
        if out is not sys.stderr:
            raise
        discard(out)
