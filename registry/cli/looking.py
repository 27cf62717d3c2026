"""`ygg images list`, `tags` and `inspect`: what lies in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from registry.cli.reached import image_at, named, reached, verified_at
from registry.cli.words import SHORT, signed_by, size
from ygg.cli.facts import say_facts
from ygg.cli.output import note, plain, say, say_json
from ygg.cli.table import print_table
from ygg.cli.times import when

if TYPE_CHECKING:
    from registry.shelf import Shelved

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("list")
@click.option("--web", is_flag=True, help="Show all of it in a browser, with who runs what.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The page's, with --web.")
@JSON
def list_images(web: bool, port: int, as_json: bool) -> None:
    """List what is in the registry: the newest of each, and how many there are."""
    from registry.shelf import repositories, shelved

    if web:
        from registry.cli.browsing import show

        show(port)
        return

    with reached() as registry:
        found = {name: shelved(registry, name) for name in repositories(registry)}
    if as_json:
        say_json([_as_data(one) for images in found.values() for one in images])
        return
    rows = [_row(images[0], str(len(images))) for images in found.values() if images]
    if not rows:
        note("ygg: the registry is empty; next: ygg images build, then ygg images push")
        return
    print_table(("IMAGE", "IMAGES", "SIZE", "MADE", "SIGNED", "DIGEST"), rows, whole=("IMAGE",))


@click.command()
@click.argument("image")
@JSON
def tags(image: str, as_json: bool) -> None:
    """List the images of one name, newest first, with all their tags."""
    from registry.shelf import shelved
    from ygg.errors import NotFound

    with reached() as registry:
        found = shelved(registry, named(image, registry).repository)
    if not found:
        raise NotFound(f"there is no image {image}", hint="ygg images list")
    if as_json:
        say_json([_as_data(one) for one in found])
        return
    rows = [
        (
            " ".join(one.tags),
            size(one.size_bytes),
            _made(one),
            _yes(one.is_signed),
            one.digest[:SHORT],
        )
        for one in found
    ]
    print_table(("TAGS", "SIZE", "MADE", "SIGNED", "DIGEST"), rows, whole=("TAGS",))


@click.command()
@click.argument("image")
@JSON
def inspect(image: str, as_json: bool) -> None:
    """Show one image: what it says of itself, its layers, who signed it."""
    from registry.comparing import layers_of

    with reached() as registry:
        name = named(image, registry)
        digest, found = image_at(registry, name)
        signed = verified_at(registry, name, digest)
    layers = layers_of(found)
    if as_json:
        say_json(
            {
                "image": str(name),
                "digest": digest,
                "size_bytes": found.manifest.size_bytes,
                "platform": found.config.platform,
                "created": found.config.created.isoformat() if found.config.created else None,
                "labels": dict(found.config.labels),
                "layers": [
                    {"digest": one.digest, "size_bytes": one.size_bytes, "made_by": made}
                    for one, made in layers
                ],
                "signatures": [one.__dict__ for one in signed.holds],
                "foreign_signatures": signed.foreign,
            }
        )
        return
    run = found.config.run
    say_facts(
        [
            ("image", str(name)),
            ("digest", digest),
            ("size", f"{size(found.manifest.size_bytes)} in {len(layers)} layers"),
            ("platform", found.config.platform),
            ("made", found.config.created.isoformat() if found.config.created else ""),
            ("user", plain(run.user) if run else ""),
            *((key.rpartition(".")[2], plain(text)) for key, text in found.config.labels.items()),
            ("signed", signed_by(signed, name)),
        ]
    )
    rows = [(size(one.size_bytes), one.digest[:SHORT], plain(made)) for one, made in layers]
    say()
    print_table(("SIZE", "LAYER", "MADE BY"), rows)


def _row(one: Shelved, count: str) -> tuple[str, ...]:
    tag = next((tag for tag in one.tags if tag != "latest"), one.tags[0])
    name = one.name.tagged(tag).short
    return name, count, size(one.size_bytes), _made(one), _yes(one.is_signed), one.digest[:SHORT]


def _as_data(one: Shelved) -> dict[str, object]:
    return {
        "repository": one.name.repository,
        "tags": list(one.tags),
        "digest": one.digest,
        "size_bytes": one.size_bytes,
        "created": one.created.isoformat() if one.created else None,
        "version": one.version,
        "revision": one.revision,
        "platforms": list(one.platforms),
        "is_signed": one.is_signed,
    }


def _made(one: Shelved) -> str:
    return when(one.created.timestamp()) if one.created else ""


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
