"""`ygg images diff` and `verify`: images held against each other, and against the fleet's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from registry.cli.options import JSON
from registry.cli.reached import fleets_key, image_at, named, reached
from registry.cli.words import SHORT, signed_by, size
from ygg.cli.output import plain, say, say_json
from ygg.errors import EXIT_FAILED

if TYPE_CHECKING:
    from registry.looking.comparing import Comparison, Layer

MARKS = {"both": " ", "before": "-", "after": "+"}
MADE_BY_LENGTH = 60


@click.command()
@click.argument("before")
@click.argument("after")
@JSON
def diff(before: str, after: str, as_json: bool) -> None:
    """Compare two images: what a machine that has BEFORE must move for AFTER."""
    from dataclasses import asdict

    from registry.looking.comparing import compared

    with reached() as registry:
        old = image_at(registry, named(before, registry))[1]
        new = image_at(registry, named(after, registry))[1]
    found = compared(old, new)
    if as_json:
        say_json(asdict(found) | {"moved_percent": round(found.moved_percent, 2)})
        return
    for line in _told(found):
        say(line)


@click.command()
@click.argument("images", nargs=-1, required=True)
@click.option("--layers", is_flag=True, help="Read all of each image, and hold it to its digests.")
@JSON
def verify(images: tuple[str, ...], layers: bool, as_json: bool) -> None:
    """Say by whom and when images were signed. Exits 1 if one is not the fleet's.

    Its manifest is read and held to its digest; with --layers all else of it, too.
    """
    from registry.looking.shelf import read_whole
    from registry.signatures.attachments import verified

    rows, all_hold, key = [], True, fleets_key()
    with reached() as registry:
        for text in images:
            name = named(text, registry)
            stored = registry.manifest(name)
            if layers:
                read_whole(registry, stored)
            digest = stored.digest
            found = verified(registry, name, digest, key)
            signature = found.by_name(name)
            all_hold = all_hold and signature is not None
            rows.append((name, digest, found, signature))
    if as_json:
        say_json(
            [
                {
                    "image": str(name),
                    "digest": digest,
                    "is_signed": signature is not None,
                    "by": signature.creator if signature else None,
                    "at": signature.at if signature else None,
                    "foreign_signatures": found.foreign,
                }
                for name, digest, found, signature in rows
            ]
        )
    else:
        for name, digest, found, _ in rows:
            say(f"{name.short}  {digest[:SHORT]}  {signed_by(found, name)}")
    if not all_hold:
        raise click.exceptions.Exit(EXIT_FAILED)


def _told(found: Comparison) -> list[str]:
    if found.is_same:
        return ["they are the same"]
    lines = [_layer(one) for one in found.layers]
    for one in found.changes:
        lines += [f"- {one.what}: {plain(one.before)}"] if one.before else []
        lines += [f"+ {one.what}: {plain(one.after)}"] if one.after else []
    share = f"{found.moved_percent:.1f} % of {size(found.whole_bytes)}"
    return [*lines, f"{size(found.moved_bytes)} to move, {share}"]


def _layer(one: Layer) -> str:
    made_by = plain(one.made_by)[:MADE_BY_LENGTH]
    return f"{MARKS[one.where]} {size(one.size_bytes):>8}  {one.digest[:SHORT]}  {made_by}".rstrip()
