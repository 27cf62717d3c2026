"""One label told in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ygg.cli.facts import say_facts
from ygg.cli.output import bold, plain, say
from ygg.cli.schema import Param, params_of
from ygg.cli.tiers import TIERS
from ygg.cli.times import span
from ygg.cli.try_out import commands_of
from ygg.cli.width import hang

if TYPE_CHECKING:
    from ygg import views

WIDEST_NAME = 24
NOTHING = ("", "null", '""', "[]", "{}")
"""Defaults that say no more than that a param may be left out."""
APPROVAL = "before each task a person says yes: ygg approve"
UNTRUSTED = "its commands run in the sandbox: no network, nothing but the workspace to write"


def print_label(view: views.LabelView) -> None:
    say_facts((name, plain(value)) for name, value in facts_of(view))
    params = params_of(view["params_schema"])
    if params:
        say(bold("\nPARAMS"))
        _print_params(params)
    commands = commands_of(view)
    if commands:
        say(bold("\nEXAMPLES"))
        for command in commands:
            say(f"  {command}")


def meaning(param: Param) -> list[str]:
    """What a person is told of a param, a sentence each."""
    given = "Required" if param.required else ""
    if param.default not in NOTHING:
        given = f"{param.default} if not given"
    found = [f"{given}: {param.allowed}" if given else param.allowed, param.description]
    if param.example:
        found.append(f"For example {param.example}")
    return [plain(text) for text in found if text]


def facts_of(view: views.LabelView) -> list[tuple[str, str]]:
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
        ("tier", TIERS.get(view["tier"] or 0, "")),
        ("approval", "" if view["approval"] == "none" else APPROVAL),
        # A coordinator of an older version does not say so.
        ("sandbox", UNTRUSTED if view.get("untrusted") else ""),
    ]


def _print_params(params: list[Param]) -> None:
    indent = min(max(len(param.name) for param in params), WIDEST_NAME) + 4
    for param in params:
        head = f"  {plain(param.name)}"
        if len(head) + 2 > indent:
            say(head)
            head = ""
        for text in meaning(param):
            for line in hang(head, text, indent):
                say(line)
            head = ""
