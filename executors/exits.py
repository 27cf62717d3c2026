"""How a command ended, in words."""

from __future__ import annotations

from executors.handler import Ran

LINE_LENGTH = 500


def how_it_ended(ran: Ran) -> str:
    if ran.exit_code < 0:
        return f"killed by signal {-ran.exit_code}"
    return f"exit code {ran.exit_code}"


def last_line(ran: Ran) -> str:
    """Of what it had to say, which is most often why it failed."""
    lines = (ran.stderr or ran.stdout).strip().splitlines()
    return lines[-1][:LINE_LENGTH] if lines else ""


def said(ran: Ran) -> str:
    return last_line(ran) or how_it_ended(ran)
