"""`ygg images inspect`: one image of the registry, from near."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from registry.cli.options import JSON
from registry.cli.reached import fleets_key, image_at, named, reached
from registry.cli.words import SHORT, signed_by, size
from ygg.cli.facts import say_facts
from ygg.cli.output import plain, say, say_json
from ygg.cli.table import print_table

if TYPE_CHECKING:
    from registry.looking.comparing import Image
    from registry.manifests import Descriptor
    from registry.names import ImageName
    from registry.signatures.attachments import Verified


@dataclass(frozen=True)
class Inspected:
    name: ImageName
    digest: str
    image: Image
    verified: Verified

    @property
    def layers(self) -> list[tuple[Descriptor, str]]:
        from registry.looking.comparing import layers_of

        return layers_of(self.image)

    @property
    def created(self) -> str:
        at = self.image.config.created
        return at.isoformat() if at else ""


@click.command()
@click.argument("image")
@JSON
def inspect(image: str, as_json: bool) -> None:
    """Show one image: what it says of itself, its layers, who signed it."""
    from registry.signatures.attachments import verified

    with reached() as registry:
        name = named(image, registry)
        digest, found = image_at(registry, name)
        inspected = Inspected(name, digest, found, verified(registry, name, digest, fleets_key()))
    if as_json:
        say_json(_all_of(inspected))
        return
    say_facts(_facts(inspected))
    rows = [(size(one.size_bytes), one.digest[:SHORT], plain(by)) for one, by in inspected.layers]
    say()
    print_table(("SIZE", "LAYER", "MADE BY"), rows)


def _all_of(one: Inspected) -> dict[str, object]:
    return {
        "image": str(one.name),
        "digest": one.digest,
        "size_bytes": one.image.manifest.size_bytes,
        "platform": one.image.config.platform,
        "created": one.created or None,
        "labels": dict(one.image.config.labels),
        "layers": [
            {"digest": layer.digest, "size_bytes": layer.size_bytes, "made_by": made_by}
            for layer, made_by in one.layers
        ],
        "signatures": [asdict(signed) for signed in one.verified.holds],
        "foreign_signatures": one.verified.foreign,
    }


def _facts(one: Inspected) -> list[tuple[str, str]]:
    config = one.image.config
    return [
        ("image", str(one.name)),
        ("digest", one.digest),
        ("size", f"{size(one.image.manifest.size_bytes)} in {len(one.layers)} layers"),
        ("platform", config.platform),
        ("made", one.created),
        ("user", plain(config.run.user) if config.run else ""),
        *((key.rpartition(".")[2], plain(text)) for key, text in config.labels.items()),
        ("signed", signed_by(one.verified, one.name)),
    ]
