"""Every label that this package brings, from the handlers that are installed: the same source, in
the same words, as `ygg labels show`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from coordinator.fleet_views import label_view
from executors.handler import Handler
from executors.offers import installed_handlers
from executors.sections import table_of
from scripts.pages.markdown import document, table
from ygg.cli.label import facts_of, meaning
from ygg.cli.schema import params_of
from ygg.cli.try_out import commands_of
from ygg.labels import Routes, prefix_of

OURS = ("executors.handlers.", "code_agent.handlers.")

FAMILIES = {
    "code-": "A language model writes code, and what it wrote is checked",
    "dev-": "Commands, scripts, tests and builds, with files or on a git repository",
    "git-": "What stands in git repositories, and keeping them in step",
    "llm-": "A language model answers",
    "ollama-": "Which models an Ollama server has",
    "ops-": "How machines are, over SSH or here, and playbooks over them",
    "plan-": "What to do next, and in which steps",
    "power-": "Machines on, off and asleep",
}

TOLD = frozenset({"needs", "limits", "attempts", "tier", "approval", "sandbox"})
"""The facts of a label that are the same on every machine."""

MANY = 3
"""What so many labels of a family share stands once, above them."""

_INTRODUCTION = """
What an executor of this package can do. `ygg labels` lists what the fleet offers now, labels of
other packages too; `ygg labels show LABEL` tells what stands here. Settings of a family stand in
the `ygg.toml` of the executor's machine, and a label whose settings have no default is offered only
where they are given. [handlers.md](../handlers.md) tells how to write a label of one's own.
"""


def page() -> str:
    return document("Labels", _INTRODUCTION, _parts(handlers()))


def handlers() -> list[Handler]:
    found = installed_handlers().values()
    return sorted(
        (one for one in found if one.function.__module__.startswith(OURS)), key=attrgetter("label")
    )


def _parts(known: list[Handler]) -> Iterator[str]:
    prefixes = sorted({prefix_of(one.label) for one in known})
    families = {
        prefix: [one for one in known if prefix_of(one.label) == prefix] for prefix in prefixes
    }
    yield table(("family", "queue", "what it does", "labels"), map(_row, families.items()))
    told: dict[str, str] = {}
    for prefix, members in families.items():
        yield f"## `{prefix}`\n\n{FAMILIES[prefix]}."
        yield from _settings(prefix, members, told)
        shared = _shared(members)
        if shared:
            yield f"Params that most of them have:\n\n{table(('param', ''), shared)}"
        for one in members:
            yield "\n\n".join(_label(one, shared))


def _row(family: tuple[str, list[Handler]]) -> tuple[str, ...]:
    prefix, members = family
    links = ", ".join(f"[{one.label}](#{one.label})" for one in members)
    return f"`{prefix}`", f"`{Routes().match(prefix + 'x').queue}`", FAMILIES[prefix], links


def _settings(family: str, members: Iterable[Handler], told: dict[str, str]) -> Iterator[str]:
    models = {model.section: model for one in members for model in one.settings}
    for section, model in sorted(models.items()):
        name = f"`[{'.'.join(table_of(section))}]`"
        above = told.setdefault(section, family)
        if above != family:
            yield f"Settings: {name}, told [above](#{above})."
            continue
        yield f"Settings, {name}:"
        yield table(("setting", ""), _rows(model.model_json_schema()))


def _shared(members: Iterable[Handler]) -> list[tuple[str, str]]:
    """What many labels of a family have in the same words."""
    found = Counter(row for one in members for row in _rows(one.offer.params_schema))
    shared = [row for row, times in found.items() if times >= MANY]
    return shared if len(shared) > 1 else []


def _label(one: Handler, shared: Sequence[tuple[str, str]]) -> Iterator[str]:
    view = label_view(one.offer, Routes().match(one.label).queue, [])
    yield f"### {one.label}\n\n{one.offer.summary}"
    told = [f"{name}: {value}" for name, value in facts_of(view) if value and name in TOLD]
    yield " · ".join(told)
    rows = _rows(one.offer.params_schema)
    above = ", ".join(name for name, cell in rows if (name, cell) in shared)
    if above:
        yield f"Params [told above](#{prefix_of(one.label)}): {above}."
    own = [row for row in rows if row not in shared]
    if own:
        yield table(("param", ""), own)
    commands = commands_of(view)
    if commands:
        yield "```sh\n" + "\n".join(commands) + "\n```"


def _rows(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"`{param.name}`", _cell(meaning(param))) for param in params_of(schema)]


def _cell(sentences: Iterable[str]) -> str:
    text = "<br>".join(one.replace("&", "&amp;").replace("<", "&lt;") for one in sentences)
    return text.replace("|", "\\|")
