"""What the command line imports decides how it feels."""

import os
import statistics
import subprocess
import sys
import time

YGG = (sys.executable, "-P", "-m", "ygg.cli")


def seconds(*command, rounds=5):
    """The median of a few runs, none of them reaching a coordinator."""
    environment = {**os.environ, "YGG_URL": "http://127.0.0.1:1", "YGG_TOKEN": "t"}
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(command, env=environment, capture_output=True, check=False)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def test_the_command_line_starts_nearly_as_fast_as_click():
    click = seconds(sys.executable, "-c", "import click")
    assert seconds(*YGG, "--help") < 5 * click
    assert seconds(*YGG, "submit", "--label", "dev-run", "--param", "a=1") < 8 * click
