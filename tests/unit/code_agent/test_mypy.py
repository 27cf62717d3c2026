"""The command line by which mypy looks at files that nobody vouches for."""

from __future__ import annotations

import subprocess
from pathlib import Path

from code_agent.checks.mypy import OF_THESE_ALONE, UNTYPED_TOO, errors_of, mypy_command
from code_agent.trial import PYTHON


def test_it_reads_no_settings_and_leaves_nothing() -> None:
    assert mypy_command(["a.py", "b.py"], UNTYPED_TOO) == [
        *(PYTHON, "-I", "-B", "-m", "mypy", "--no-incremental", "--cache-dir=/dev/null"),
        *("--config-file=", "--no-error-summary", "--no-color-output", "--hide-error-context"),
        *("--ignore-missing-imports", "--check-untyped-defs", "a.py", "b.py"),
    ]


def test_the_errors_of_one_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("one: int = 'x'\n")
    (tmp_path / "a.py").write_text("from other import one\n\ntwo: str = one\n")
    (tmp_path / "mypy.ini").write_text("[mypy]\nignore_errors = True\n")
    told = {}
    for option in (OF_THESE_ALONE, UNTYPED_TOO):
        argv = mypy_command(["a.py"], option)
        ran = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
        told[option] = [errors_of(file, ran.stdout) for file in ("a.py", "other.py")]
    [ours, theirs] = told[OF_THESE_ALONE]
    assert len(ours) == 1
    assert ours[0].startswith("Incompatible types in assignment")
    assert not theirs
    assert len(told[UNTYPED_TOO][1]) == 1
    assert not list(tmp_path.glob("*cache*"))
