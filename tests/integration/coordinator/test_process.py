"""The coordinator's process before it serves."""

from __future__ import annotations

import signal
import subprocess
import sys

from coordinator.__main__ import EXIT_INTERRUPTED


def test_ctrl_c_while_it_is_being_loaded_is_no_traceback() -> None:
    loading = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "coordinator"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert loading.stderr is not None
    said = iter(loading.stderr)
    assert any("sqlalchemy" in line for line in said)
    loading.send_signal(signal.SIGINT)
    assert "Traceback" not in "".join(said)
    assert loading.wait(20) == EXIT_INTERRUPTED
    loading.stderr.close()
