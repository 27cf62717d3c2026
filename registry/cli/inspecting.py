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
    from collections.abc import Sequence

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
    say()
    _say_layers(inspected.layers)


def _say_layers(layers: Sequence[tuple[Descriptor, str]]) -> None:
    """Images that are made here keep no record of what made their layers."""
    rows = [(size(one.size_bytes), one.digest[:SHORT], plain(by)) for one, by in layers]
    head = ("SIZE", "LAYER", "MADE BY")
    columns = len(head) if any(made_by for _, made_by in layers) else 2
    print_table(head[:columns], [row[:columns] for row in rows])


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
    facts = [
        ("image", str(one.name)),
        ("digest", one.digest),
        ("size", f"{size(one.image.manifest.size_bytes)} in {len(one.layers)} layers"),
        ("platform", config.platform),
        ("made", one.created),
        ("user", plain(config.run.user) if config.run else ""),
        ("signed", signed_by(one.verified, one.name)),
    ]
    ours = {name for name, _ in facts}
    said = config.labels.items()
    labels = [(_called(key, ours), plain(text)) for key, text in said if text != one.created]
    return [*facts[:-1], *labels, facts[-1]]


def _called(label: str, ours: set[str]) -> str:
    """As short as it can be, and never as what we say ourselves."""
    from registry.image_config import LABELS

    name = label.removeprefix(f"{LABELS}.")
    return plain(name) if name != label and name not in ours else f"label {plain(label)}"
