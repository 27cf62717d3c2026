"""`ygg model`: the language model of this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ygg.cli.facts import say_facts
from ygg.cli.output import note, plain, say, say_json
from ygg.cli.run import check_installed
from ygg.cli.table import print_table

if TYPE_CHECKING:
    from ygg.models.kept import Kept
    from ygg.models.pull import Pulled
    from ygg.settings import Settings

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
SHORT = 12
"""Digits of a digest that a person compares."""
MEGABYTE = 1e6


@click.group()
def model() -> None:
    """The language model of this machine, as `[models]` in its ygg.toml names it."""


@model.command("list")
@JSON
def list_models(as_json: bool) -> None:
    """List the models that are there; the one that tasks ask is marked."""
    settings = _settings()
    from ygg.models.kept import kept, place_of, with_digest

    where = place_of(settings.models)
    found = [with_digest(each) for each in kept(settings.models)]
    if as_json:
        say_json([_as_data(each) for each in found])
    elif found:
        rows = [
            (
                each.name,
                "yes" if each.is_chosen else "",
                "" if each.size_bytes is None else f"{each.size_bytes / MEGABYTE:.0f}",
                each.digest[:SHORT],
                str(each.file or " ".join(filter(None, list(each.facts.values())[:3]))),
            )
            for each in found
        ]
        print_table(("MODEL", "ASKED", "MB", "DIGEST", "WHAT"), rows, whole=("MODEL",))
    else:
        note(f"ygg: there are no models at {where}; `ygg model pull` fetches one")


@model.command()
@click.argument("name", required=False)
@JSON
def show(name: str | None, as_json: bool) -> None:
    """Show one model; without a NAME the one that tasks ask."""
    settings = _settings()
    from ygg.models.kept import kept, named, place_of

    where = place_of(settings.models)
    found = named(kept(settings.models), name, where)
    if as_json:
        say_json(_as_data(found))
        return
    size = "" if found.size_bytes is None else f"{found.size_bytes / MEGABYTE:,.0f} MB"
    say_facts(
        [
            ("model", plain(found.name)),
            ("asked", "by tasks that name none" if found.is_chosen else ""),
            ("digest", found.digest and f"sha256:{found.digest}"),
            ("size", size),
            ("file", str(found.file or "")),
            ("at", where),
            *((title, plain(text)) for title, text in found.facts.items()),
        ]
    )


@model.command()
@click.argument("name", required=False)
@click.option("--digest", help="Refuse it unless this is its SHA-256: sha256:…")
@JSON
def pull(name: str | None, digest: str | None, as_json: bool) -> None:
    """Fetch a model and check its digest.

    With Ollama any NAME of its library, by default qwen2.5-coder:3b; granite-code:8b wants a GPU.
    Ollama goes on with a download that was cut off. For the embedded model smollm2-135m, a small
    file to try and test with.
    """
    settings = _settings()
    from ygg.models.progress import follow
    from ygg.models.pull import pull as fetched

    found = fetched(settings, name, digest, follow, show_progress=sys.stderr.isatty())
    if as_json:
        file = None if found.file is None else str(found.file)
        told = {"model": found.name, "digest": found.digest, "file": file}
        say_json(told | {"was_there": found.was_there})
    else:
        say(str(found.file or f"{found.name} sha256:{found.digest}"))
    _say_next(settings, found)


def _say_next(settings: Settings, found: Pulled) -> None:
    """What is left to do before tasks ask it."""
    chosen = settings.models
    if found.file is not None and (chosen.adapter != "embedded" or chosen.gguf != found.file):
        lines = f'adapter = "embedded" and gguf = "{found.file}"'
    elif found.file is None and chosen.model not in (
        found.name,
        found.name.removesuffix(":latest"),
    ):
        lines = f'model = "{found.name}"'
    else:
        return
    note(f"ygg: next: {lines} under [models] in ygg.toml")


def _settings() -> Settings:
    check_installed("ygg", ("httpx", "ollama"), "llm")
    from ygg.settings import load

    return load()


def _as_data(found: Kept) -> dict[str, object]:
    return {
        "model": found.name,
        "asked": found.is_chosen,
        "digest": found.digest,
        "size_bytes": found.size_bytes,
        "file": None if found.file is None else str(found.file),
        **{name.replace(" ", "_"): text for name, text in found.facts.items()},
    }
