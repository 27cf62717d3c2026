"""Runs the tests in each folder under the one it is given; says how each test ended, as JSON.

    python run_trials.py FOLDER [SECONDS FOR EACH]

It runs code that a model wrote, so it is copied into the sandbox and run there: the standard
library and pytest only. One process for all, since starting pytest costs more than small tests do.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import pytest

TRIAL_SECONDS = 10
LEFT_OUT = (
    *("cacheprovider", "debugging", "faulthandler", "junitxml", "logging", "pastebin"),
    *("setuponly", "setupplan", "stepwise", "threadexception", "unraisableexception"),
)
OPTIONS = [
    "--tb=no",
    "--assert=plain",
    "--import-mode=prepend",
    *(f"-pno:{plugin}" for plugin in LEFT_OUT),
]


class OutOfTimeError(BaseException):
    """No `except Exception` of what is tried may catch it."""


class Endings:
    """How each test ended; a file that could not be read is named itself."""

    def __init__(self) -> None:
        self.by_name: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.by_name[report.nodeid] = report.outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.by_name[report.nodeid] = "unreadable"


def run(folder: Path, seconds: float) -> dict[str, str]:
    modules, path = set(sys.modules), list(sys.path)
    endings = Endings()
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\npythonpath = . src\n", encoding="utf-8")
    os.chdir(folder)
    # Again every second: a test that does not end may be followed by another.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            pytest.main([*OPTIONS, "-c", str(settings), str(folder)], plugins=[endings])
    except OutOfTimeError:
        endings.by_name["time"] = "failed"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.path[:] = path
        # The next folder has modules of the same names.
        for name in set(sys.modules) - modules:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]
    return endings.by_name


def out_of_time(number: int, frame: FrameType | None) -> None:
    raise OutOfTimeError


def main() -> None:
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGALRM, out_of_time)
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else TRIAL_SECONDS
    root = Path(sys.argv[1]).resolve()
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    print(json.dumps({folder.name: run(folder, seconds) for folder in folders}))


if __name__ == "__main__":
    main()
