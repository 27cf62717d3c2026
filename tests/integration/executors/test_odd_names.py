"""What no UTF-8 text can hold, as file names on Linux may."""

from __future__ import annotations

import sys

from tests.integration.executors.harness import ExecutorProcess, dev_run
from ygg.task import Ending

MAKE = r"open(b'\xff.txt', 'w').write('x'); open('plain.txt', 'w').write('x')"


def test_a_file_whose_name_is_no_text_is_a_warning(shared: ExecutorProcess) -> None:
    task = dev_run(sys.executable, "-c", MAKE, outputs=["*.txt"])
    shared.send(task)
    outcome = shared.outcome(task)
    assert outcome.ending is Ending.OK
    assert [one.path for one in outcome.artifacts] == ["plain.txt"]
    assert outcome.warnings == ("artifact not kept: ?.txt: its name is not UTF-8",)
