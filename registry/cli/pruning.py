"""`ygg images prune`: what is let go, and why the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.options import JSON
from registry.cli.reached import named, reached
from registry.cli.words import SHORT, size
from ygg.cli.output import can_ask, confirm, note, say, say_json
from ygg.cli.table import lines
from ygg.cli.width import terminal_columns
from ygg.errors import EXIT_FAILED, BadInput

if TYPE_CHECKING:
    from registry.client.registry import Registry
    from registry.keeping.pruning import Plan
    from registry.keeping.retention import Decision, Rules
    from registry.looking.stored import Stored

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("names", metavar="[IMAGE]...", nargs=-1)
@click.option("--keep-last", type=click.IntRange(1), help="Versions of each that stay.")
@click.option("--keep", "globs", multiple=True, metavar="GLOB", help="Tags that stay: 0.2.*")
@click.option("--archive", type=FOLDER, help="Save each as a file there before it goes.")
@click.option("--dry-run", is_flag=True, help="Say what would go and what stays, and why.")
@click.option("--without-fleet", is_flag=True, help="Although nobody can say what runs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON
def prune(
    names: tuple[str, ...],
    keep_last: int | None,
    globs: tuple[str, ...],
    archive: Path | None,
    dry_run: bool,
    without_fleet: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete old images from the registry. What runs, what is latest and the last versions stay,
    and what the last rollout brought or would bring back.

    Of all images, of those named, or with a tag, as executor:0.1.0, that one alone. The room on
    the disk comes free with `ygg registry gc`.
    """
    from registry.keeping.pruning import check_archive
    from registry.keeping.pruning import prune as prune_all

    if not (dry_run or yes or can_ask()):
        raise BadInput(
            "there is no terminal to ask on", field="--yes", hint="--yes, or look with --dry-run"
        )
    with reached() as registry:
        rules = _rules(keep_last, globs, without_fleet=without_fleet)
        found = _planned(registry, names, rules)
        if dry_run:
            _tell(found, as_json=as_json)
            return
        if not found.goes:
            note("ygg: nothing is to go")
        elif not yes:
            _ask(found, as_json=as_json)
        if archive and found.goes:
            sizes = (found.sizes.get(one.image.digest, 0) for one in found.goes)
            check_archive(archive, sum(sizes))
        save = _archive(registry, archive) if archive else None
        _say_gone(prune_all(registry, found.goes, save), as_json=as_json)


def _planned(registry: Registry, names: tuple[str, ...], rules: Rules) -> Plan:
    from registry.keeping.pruning import Plan, plan, plan_of

    asked = [named(one, registry) for one in names]
    whole = [one.repository for one in asked if one.tag is None and one.digest is None]
    plans = [plan_of(registry, one, rules) for one in asked if one.repository not in whole]
    if whole or not asked:
        plans.append(plan(registry, whole, rules))
    sizes = {digest: size for one in plans for digest, size in one.sizes.items()}
    return Plan(tuple(each for one in plans for each in one.decisions), sizes)


def _rules(keep_last: int | None, globs: tuple[str, ...], *, without_fleet: bool) -> Rules:
    from registry.keeping.retention import Rules
    from ygg.settings import load

    settings = load().registry
    used = {} if without_fleet else _in_use()
    return Rules(keep_last or settings.keep_last, (*settings.keep, *globs), used)


def _in_use() -> dict[str, str] | None:
    from registry.looking.usage import in_use, rolled_out, untold
    from ygg.cli.connect import connected
    from ygg.errors import YggError
    from ygg.rollout_client import Rollouts

    try:
        with connected() as client:
            executors = client.executors()
            rollouts = Rollouts(client).last_of_each()
    except YggError as error:
        note(f"ygg: nothing will go: nobody can say what runs: {error.message}")
        note("ygg: next: ygg up, or --without-fleet if no machine runs these images")
        return None
    if count := untold(executors):
        note(f"ygg: executors that do not say which image they run: {count}; see keep")
    return rolled_out(rollouts) | in_use(executors)


def _ask(found: Plan, *, as_json: bool) -> None:
    """What a script reads of stdout is JSON alone."""
    for line in _lines(found):
        (note if as_json else say)(line)
    if not confirm(f"Delete {len(found.goes)} from the registry?"):
        note("ygg: nothing was deleted")
        raise click.exceptions.Exit(EXIT_FAILED)


def _archive(registry: Registry, folder: Path) -> Callable[[Stored], Path]:
    from registry.moving.archive import save as save_one
    from registry.names import ImageName

    def archive(image: Stored) -> Path:
        tag = next(iter(image.tags), None)
        name = ImageName(registry.address, image.repository, tag, None if tag else image.digest)
        called = tag or image.digest.replace(":", "-")
        file = folder / f"{image.repository.replace('/', '_')}-{called}.tar"
        save_one(registry, name, file)
        note(f"ygg: saved {file}")
        return file

    return archive


def _tell(found: Plan, *, as_json: bool) -> None:
    if as_json:
        say_json([_as_data(one, found) for one in found.decisions])
        return
    if not found.decisions:
        note("ygg: the registry has none of these")
        return
    for line in _lines(found):
        say(line)


def _lines(found: Plan) -> list[str]:
    rows = [
        (
            "stays" if one.stays else "goes",
            _called(one),
            size(found.sizes.get(one.image.digest, 0)),
            one.why,
        )
        for one in sorted(found.decisions, key=lambda one: one.stays)
    ]
    head = ("", "IMAGE", "SIZE", "WHY")
    return lines(head, rows, width=terminal_columns(), whole=("IMAGE",), folded=True)


def _say_gone(went: Iterable[Decision], *, as_json: bool) -> None:
    """Each as it goes: what fails in the midst does not take back what went."""
    gone: list[str] = []
    try:
        for one in went:
            gone.append(f"{one.image.repository}@{one.image.digest}")
            if not as_json:
                say(f"{_called(one)}  {one.image.digest[:SHORT]}")
    finally:
        if as_json:
            say_json(gone)
        elif gone:
            note("ygg: next: ygg registry gc frees the disk")


def _called(one: Decision) -> str:
    image = one.image
    return f"{image.repository}:{image.tags[0]}" if image.tags else f"{image.repository} (no tag)"


def _as_data(one: Decision, found: Plan) -> dict[str, object]:
    return {
        "repository": one.image.repository,
        "tags": list(one.image.tags),
        "digest": one.image.digest,
        "size_bytes": found.sizes.get(one.image.digest),
        "stays": one.stays,
        "why": one.why,
    }
