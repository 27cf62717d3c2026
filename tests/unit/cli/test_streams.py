"""Output that nobody takes: closed, full, or a pipe whose reader has gone."""

import subprocess
import sys

import pytest

YGG = f"{sys.executable} -P -m ygg.cli"


def shell(script):
    """A shell can close a stream of what it runs."""
    command = ["sh", "-c", script]
    environment = {"YGG_URL": "http://127.0.0.1:1", "YGG_TOKEN": "t", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("verb", ["--help", "--version", "version", "completion bash", "token"])
def test_a_closed_stdout_is_no_mistake(verb):
    done = shell(f"{YGG} {verb} >&-")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("verb", ["--help", "version", "completion bash", "doctor"])
def test_a_full_stdout_is_told(verb):
    done = shell(f"{YGG} {verb} >/dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "ygg: cannot write the output: No space left on device"


@pytest.mark.parametrize("place", [">&- 2>&-", "2>&-", "2>/dev/full", ">/dev/full 2>/dev/full"])
def test_a_mistake_keeps_its_exit_code_when_nobody_can_be_told(place):
    done = shell(f"{YGG} show nonsense {place}")
    assert done.returncode == 3
    assert done.stdout == ""


def test_a_reader_that_has_gone_is_quiet():
    done = shell(f"{{ {YGG} completion bash; echo $? >&2; }} | true")
    assert done.stderr.strip() in ("0", "141")  # the reader may live to take it all
