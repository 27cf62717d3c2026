"""`ygg images list` and `tags`: what lies in the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from registry.cli.options import JSON
from registry.cli.reached import key_if_here, named, reached
from registry.cli.words import SHORT, signed_as, size
from ygg.cli.output import note, say_json
from ygg.cli.table import print_table
from ygg.cli.times import when
from ygg.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.client.registry import Registry
    from registry.looking.shelf import Shelved
    from registry.names import ImageName
    from registry.signatures.signing import Signed

    Signers = dict[str, dict[str, Signed | None]]


@click.command("list")
@click.option("--web", is_flag=True, help="Show all of it in a browser, with who runs what.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The page's, with --web.")
@JSON
def list_images(web: bool, port: int, as_json: bool) -> None:
    """List what is in the registry: the latest of each, and how many there are."""
    from registry.looking.shelf import foremost, shelved

    if web:
        if as_json:
            raise BadInput("a page is not JSON", field="--json", hint="leave it or --web out")
        from registry.cli.browsing import show

        show(port)
        return

    with reached() as registry:
        found = {name: shelved(registry, name) for name in registry.catalog()}
        some = [images for images in found.values() if images]
        shown = [one for images in some for one in (images if as_json else [foremost(images)])]
        signed = _signed(registry, shown)
    if as_json:
        say_json([_as_data(one, signed) for one in shown])
        return
    rows = [_row(one, str(len(found[one.name.repository])), signed) for one in shown]
    if not rows:
        note("ygg: the registry is empty; next: ygg images build, then ygg images push")
        return
    print_table(("IMAGE", "IMAGES", "SIZE", "MADE", "SIGNED", "DIGEST"), rows, whole=("IMAGE",))


@click.command()
@click.argument("image")
@JSON
def tags(image: str, as_json: bool) -> None:
    """List the images of one name, newest first, with all their tags."""
    from registry.looking.shelf import shelved

    with reached() as registry:
        name = named(image, registry)
        _check_whole(name, image)
        found = shelved(registry, name.repository)
        signed = _signed(registry, found)
    if not found:
        raise NotFound(f"there is no image {image}", hint="ygg images list")
    if as_json:
        say_json([_as_data(one, signed) for one in found])
        return
    rows = [
        (
            " ".join(one.tags),
            size(one.size_bytes),
            _made(one),
            _word(one, signed),
            one.digest[:SHORT],
        )
        for one in found
    ]
    print_table(("TAGS", "SIZE", "MADE", "SIGNED", "DIGEST"), rows, whole=("TAGS",))


def _check_whole(name: ImageName, text: str) -> None:
    if name.tag or name.digest:
        whole = replace(name, tag=None, digest=None).short
        raise BadInput(
            f"{text} is one image, and tags lists all of one name",
            field="image",
            hint=f"ygg images tags {whole}, or ygg images inspect {text}",
        )


def _signed(registry: Registry, images: Sequence[Shelved]) -> Signers:
    from registry.looking.shelf import signers

    key = key_if_here()
    return signers(registry, images, key) if key else {}


def _row(one: Shelved, count: str, signed: Signers) -> tuple[str, ...]:
    name = one.name.tagged(_foremost_tag(one.tags)).short
    return name, count, size(one.size_bytes), _made(one), _word(one, signed), one.digest[:SHORT]


def _foremost_tag(tags: Sequence[str]) -> str:
    from registry.versions import LATEST, versions_among

    versions = map(str, versions_among(tags))
    return next(versions, next((tag for tag in tags if tag != LATEST), LATEST))


def _as_data(one: Shelved, signed: Signers) -> dict[str, object]:
    by_tag = signed.get(one.digest)
    return {
        "repository": one.name.repository,
        "tags": list(one.tags),
        "digest": one.digest,
        "size_bytes": one.size_bytes,
        "created": one.created.isoformat() if one.created else None,
        "version": one.version,
        "revision": one.revision,
        "platforms": list(one.platforms),
        "is_signed": None if by_tag is None else all(by_tag.values()),
        "signed_tags": None if by_tag is None else [tag for tag, by in by_tag.items() if by],
    }


def _made(one: Shelved) -> str:
    return when(one.created.timestamp()) if one.created else ""


def _word(one: Shelved, signed: Signers) -> str:
    return signed_as(signed[one.digest]) if signed else "unknown"
