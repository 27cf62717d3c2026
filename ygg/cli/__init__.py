"""The `ygg` command: a table of verbs, one file a verb group, and one place that reports errors."""

import sys


def main() -> None:
    try:
        from ygg.cli.entry import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
