"""Arguments that name something in the fleet: read forgivingly, completed by the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli import states
from ygg.errors import NotFound
from ygg.ids import read_id

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class TaskId(click.ParamType[str]):
    name = "id"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        found = read_id(str(value))
        if found is None:
            raise NotFound(
                f"{str(value)[:80]!r} is no task id: those have twelve letters and digits",
                field=(param.human_readable_name or "id").rstrip(".").lower() if param else "id",
                hint="`ygg list` shows the latest tasks, --search finds others",
            )
        return found

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from ygg.cli.complete import task_ids

        return task_ids(incomplete)


class States(click.ParamType[str]):
    """One state or several, with commas."""

    name = "state"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        words = [word.strip() for word in str(value).split(",")]
        for word in words:
            if word not in states.ALL:
                self.fail(f"there is no state {word!r}; {', '.join(states.ALL)}", param, ctx)
        return ",".join(words)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem as Item

        before, comma, word = incomplete.rpartition(",")
        return [Item(before + comma + name) for name in states.ALL if name.startswith(word)]


class Name(click.ParamType[str]):
    """A label, queue or machine: any text, completed from what the fleet has."""

    def __init__(self, kind: str) -> None:
        self.name = kind

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        if not str(value).strip():
            self.fail(f"an empty {self.name} names nothing", param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from ygg.cli.complete import names

        return names(self.name, incomplete)
