"""`ygg labels`: what can be asked for, as the executors announced it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import Name
from ygg.cli.connect import connected
from ygg.cli.facts import say_facts
from ygg.cli.output import bold, note, plain, say, say_json
from ygg.cli.schema import Param, params_of
from ygg.cli.table import print_table
from ygg.cli.times import span
from ygg.errors import NotFound

if TYPE_CHECKING:
    from ygg import views


@click.command()
@click.argument("label", required=False, type=Name("label"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def labels(label: str | None, as_json: bool) -> None:
    """List the labels, or show one: its params, limits and examples."""
    with connected() as client:
        known = client.labels()
    if label is None:
        say_json(known) if as_json else _print_all(known)
        return
    found = _find(label, known)
    say_json(found) if as_json else _print_one(found)


def _find(label: str, known: list[views.LabelView]) -> views.LabelView:
    for view in known:
        if view["label"] == label:
            return view
    import difflib

    names = [view["label"] for view in known]
    near = difflib.get_close_matches(label, names, n=1)
    raise NotFound(
        f"no executor ever announced {label!r}",
        field="label",
        allowed=names,
        hint=f"did you mean {near[0]}?" if near else "`ygg executors` shows who is there",
    )


def _print_all(known: list[views.LabelView]) -> None:
    if not known:
        note("ygg: no executor has announced itself yet; `ygg doctor` says why")
        return
    rows = [
        (view["label"], view["queue"], str(len(view["executors"])), view["summary"])
        for view in known
    ]
    header = ("LABEL", "QUEUE", "EXECUTORS", "SUMMARY")
    print_table(header, rows, whole=("LABEL",), spare=("EXECUTORS", "QUEUE"))


def _print_one(view: views.LabelView) -> None:
    say_facts((name, plain(value)) for name, value in _facts(view))
    params = params_of(view["params_schema"])
    if params:
        say(bold("\nPARAMS"))
        _print_params(params)
    if view["examples"]:
        say(bold("\nEXAMPLES"))
        for example in view["examples"]:
            say(f"  {_as_command(view['label'], example)}")


def _facts(view: views.LabelView) -> list[tuple[str, str]]:
    return [
        ("label", view["label"]),
        ("", view["summary"]),
        ("queue", view["queue"]),
        ("executors", ", ".join(view["executors"]) or "none alive: a task would be queued"),
        ("needs", ", ".join(view["needs"])),
        ("limits", f"soft {span(view['soft_seconds'])}, hard {span(view['hard_seconds'])}"),
        (
            "attempts",
            f"{view['max_attempts']}, after {', '.join(view['retry_on']) or 'nothing'}",
        ),
        ("tier", str(view["tier"] or "")),
        ("approval", "" if view["approval"] == "none" else view["approval"]),
    ]


def _print_params(params: list[Param]) -> None:
    rows = []
    for param in params:
        default = "required" if param.required else param.default
        rows.append((param.name, param.type, default, param.description))
    header = ("NAME", "TYPE", "DEFAULT", "MEANING")
    print_table(header, rows, whole=("NAME",), spare=("TYPE",), folded=True)


def _as_command(label: str, example: Mapping[str, object]) -> str:
    import shlex

    words = [f"ygg submit --label {label}"]
    for name, value in example.items():
        text = json.dumps(value, ensure_ascii=False)
        words.append(f"--param {shlex.quote(f'{name}={text}')}")
    return " ".join(words)
