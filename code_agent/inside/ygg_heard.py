"""What code says besides what it prints: to its log, as warnings, and on standard error."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from code_agent.inside.ygg_canonical import text_of, without_addresses
    from code_agent.inside.ygg_surroundings import printing
else:  # they lie beside this file, wherever that is run
    from ygg_canonical import text_of, without_addresses
    from ygg_surroundings import printing

MOST_SAID = 200
_USUAL = [*warnings.filters]
_FRAMES = re.compile(r'^ +File ".*", line \d+.*\n(?: {4,}.*\n)*', re.MULTILINE)
"""Of a traceback: where it went through is no matter."""


@dataclass
class Heard:
    """`folders` are those of the code: what others say is not listened to."""

    folders: Collection[str]
    logged: list[list[Any]] = field(default_factory=list)
    warned: list[list[Any]] = field(default_factory=list)
    errors: str = ""

    def log(self, record: logging.LogRecord) -> None:
        if record.pathname.startswith((*self.folders,)) and len(self.logged) < MOST_SAID:
            self.logged.append([record.levelname, record.name, _message(record)])

    def warn(self, message: Warning | str, category: type[Warning]) -> None:
        if self._is_own(sys._getframe(2)) and len(self.warned) < MOST_SAID:
            self.warned.append([category.__qualname__, _text(str(message))])

    def _is_own(self, frame: Any) -> bool:
        while frame is not None and frame.f_globals.get("__name__") == "warnings":
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith((*self.folders,))

    def parts(self) -> dict[str, Any]:
        found = {"logged": self.logged, "warned": self.warned, "errors": _text(self.errors)}
        return {name: one for name, one in found.items() if one}


@contextmanager
def hearing(folders: Collection[str]) -> Iterator[Heard]:
    """Everything is logged and warned of meanwhile, but for what the code itself shuts off. No
    handler is added: code asks whether there is one."""
    heard = Heard(folders)
    factory, level = logging.getLogRecordFactory(), logging.root.level
    handlers = [*logging.root.handlers]

    def made(*args: Any, **keywords: Any) -> logging.LogRecord:
        record = factory(*args, **keywords)
        heard.log(record)
        return record

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        heard.warn(message, category)

    logging.setLogRecordFactory(made)
    logging.root.setLevel(1)
    try:
        with warnings.catch_warnings(), printing("stderr") as said:
            if warnings.filters == _USUAL:  # else the code has its own mind about them
                warnings.simplefilter("always")
            warnings.showwarning = show
            yield heard
    finally:
        heard.errors = said.getvalue().decode(errors="replace")
        logging.setLogRecordFactory(factory)
        logging.root.setLevel(level)
        logging.root.handlers[:] = handlers


def _message(record: logging.LogRecord) -> Any:
    try:
        return _text(record.getMessage())
    except Exception:  # noqa: BLE001  logging says so itself, on standard error
        return _text(str(record.msg))


def _text(text: str) -> Any:
    return text_of(without_addresses(_FRAMES.sub("", text)))
