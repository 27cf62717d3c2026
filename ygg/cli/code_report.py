"""The result of a code- task as a person reads it: the verdict and its checks, then the change.

Whatever has another shape than expected is left out; `--json` has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from ygg.cli.code_result import Result
from ygg.cli.facts import say_facts
from ygg.cli.output import bold, in_colour, on_terminal, paint, plain, say, say_json
from ygg.cli.screen import literal
from ygg.cli.table import print_table
from ygg.cli.times import span
from ygg.code_results import PATCH

SHORT = 12
"""Digits of a commit or digest that a person compares."""
MOST_NUMBER = 10.0**15
_TOLD = (
    *("verdict", "reason", "checks", "tries", "findings", "changes", "diff", "branch", "model"),
    *("prompts", "cost", "left_out"),
)
"""What is printed in a form of its own, or left to `--json`."""
_STATES = {True: "passed", False: "failed"}
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_HEADS = ("+++ ", "--- ", "diff ")


def say_code_result(task_id: str, result: Result) -> None:
    reason = _text(result, "reason")
    say(paint(_text(result, "verdict")) + (f": {reason}" if reason else ""))
    _table(("CHECK", "STATE", "SAYS"), [_check(each) for each in _all(result, "checks")])
    tries = enumerate(_all(result, "tries"), 1)
    _table(("TRY", "STATE", "HOW", "WHY"), [_try(number, each) for number, each in tries])
    _findings("FINDINGS", _all(result, "findings"))
    _diff(task_id, result)
    facts = [(name, value) for name, value in _facts(result) if value]
    if facts:
        say()
        say_facts(facts)
    _more(result)


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if rows:
        say()
        print_table(header, rows, whole=header[:1], folded=True)


def _check(check: Result) -> tuple[str, ...]:
    passed = check.get("passed")
    state = _STATES[passed] if isinstance(passed, bool) else "open"
    return _text(check, "name"), state, _text(check, "says")


def _try(number: int, each: Result) -> tuple[str, ...]:
    warmth = _number(each, "temperature")
    how = "" if warmth is None else f"temperature {warmth:g}"
    if each.get("repair") is True:
        how = f"repair, {how}" if how else "repair"
    return str(number), _text(each, "verdict"), how, _text(each, "why")


def _findings(title: str, found: list[Result]) -> None:
    """As compilers write them, so that an editor finds the place."""
    if not found:
        return
    say("\n" + bold(title))
    for each in found:
        line = _number(each, "line")
        place = _text(each, "file") + ("" if line is None else f":{line:.0f}")
        told = [_text(each, "code") or _text(each, "severity"), _text(each, "message")]
        why = _text(each, "why")
        if each.get("proven") is False:
            why = "advisory: no machine confirms it"
        say(": ".join(filter(None, [place, *told])) + (f" ({why})" if why else ""))


def _diff(task_id: str, result: Result) -> None:
    diff = result.get("diff")
    if isinstance(diff, str) and diff:
        say()
        say(bold("DIFF"))
        for line in diff.removesuffix("\n").split("\n"):
            say(_coloured(line) if on_terminal() else line)
    elif result.get("diff") is None and _all(result, "changes"):
        say(f"\nthe diff is long: ygg artifact {task_id} {PATCH}")


def _coloured(line: str) -> str:
    shown = literal(line)
    if not in_colour():
        return shown
    if line.startswith(_HEADS):
        return bold(shown)
    colour = _COLOURS.get(line[:1])
    return click.style(shown, fg=colour) if colour else shown


def _facts(result: Result) -> Iterator[tuple[str, str]]:
    branch, model = result.get("branch"), result.get("model")
    if isinstance(branch, Mapping):
        pushed = ", pushed" if branch.get("pushed") is True else ""
        at, upon = _text(branch, "commit")[:SHORT], _text(branch, "base")[:SHORT]
        yield "branch", f"{_text(branch, 'name')} at {at}, upon {upon}{pushed}"
    if isinstance(model, Mapping):
        digest = _text(model, "digest").removeprefix("sha256:")[:SHORT]
        yield "model", f"{_text(model, 'name')} {digest}".strip()
    yield "cost", _cost(result.get("cost"))
    left_out = result.get("left_out")
    if isinstance(left_out, list):
        yield "left out", "; ".join(plain(each) for each in left_out if isinstance(each, str))


def _more(result: Result) -> None:
    """What only this label has: in a line where it is a word, as JSON where it is more."""
    more = {name: value for name, value in result.items() if name not in _TOLD and value}
    lines = [
        f"{_title(name)}: {plain(str(value))}"
        for name, value in more.items()
        if isinstance(value, (str, int, float))
    ]
    if lines:
        say("\n" + "\n".join(lines))
    for name, value in more.items():
        if isinstance(value, list) and all(_is_finding(each) for each in value):
            _findings(_title(name).upper(), value)
        elif isinstance(value, (dict, list)):
            say("\n" + bold(_title(name).upper()))
            say_json(value)


def _is_finding(each: object) -> bool:
    return isinstance(each, Mapping) and {"file", "line", "message"} <= each.keys()


def _title(name: str) -> str:
    return plain(name.replace("_", " "))


def _cost(cost: object) -> str:
    """3 questions, 1,204 tokens, 12s."""
    if not isinstance(cost, Mapping):
        return ""
    calls, seconds = _number(cost, "calls"), _number(cost, "seconds")
    tokens = (_number(cost, "tokens_in") or 0) + (_number(cost, "tokens_out") or 0)
    told = [] if calls is None else [f"{calls:.0f} question{'' if calls == 1 else 's'}"]
    told += [f"{tokens:,.0f} tokens"] if tokens else []
    told += [] if seconds is None else [span(seconds)]
    return ", ".join(told)


def _all(result: Result, name: str) -> list[Result]:
    found = result.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _text(found: Result, name: str) -> str:
    """On one line."""
    value = found.get(name)
    return plain(value) if isinstance(value, str) else ""


def _number(found: Result, name: str) -> float | None:
    """A count or time that can be; nothing else that JSON allows."""
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < MOST_NUMBER else None
