"""What every verb on images begins with: the settings, the registry, and what a person named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from registry.cli.options import needs_registry

if TYPE_CHECKING:
    from pathlib import Path

    from registry.client.registry import Registry
    from registry.looking.comparing import Image
    from registry.names import ImageName
    from registry.signatures.signing import PublicKey


@contextmanager
def reached() -> Iterator[Registry]:
    needs_registry()
    from registry.reach import reach
    from ygg.settings import load

    with reach(load()) as registry:
        yield registry


def image_at(registry: Registry, name: ImageName) -> tuple[str, Image]:
    """With its digest. Of an index the first: its images differ by what they run on alone."""
    from registry.looking.comparing import Image
    from registry.manifests import ImageIndex, ImageManifest
    from ygg.errors import BadInput

    stored = registry.manifest(name)
    digest, content = stored.digest, stored.content
    if isinstance(content, ImageIndex) and content.manifests:
        content = registry.manifest(name.pinned(content.manifests[0].digest)).content
    if not isinstance(content, ImageManifest):
        raise BadInput(f"{name.short} holds no image", field="image")
    return digest, Image(content, registry.config(name, content))


def fleets_key() -> PublicKey:
    from registry.signatures.signing import read_public_key

    return read_public_key(_public_key())


def key_if_here() -> PublicKey | None:
    """A machine that has but the password can look, too."""
    from registry.signatures.signing import read_public_key
    from ygg.cli.output import note

    file = _public_key()
    if file.exists():
        return read_public_key(file)
    note(f"ygg: who signed is not known here; next: copy {file.name} from the registry's machine")
    return None


def _public_key() -> Path:
    from registry.home import home_of
    from ygg.settings import load

    return home_of(load()).public_key


def named(text: str, registry: Registry) -> ImageName:
    from registry.names import image_of
    from ygg.errors import BadInput

    name = image_of(text, registry.address)
    if name.registry != registry.address:
        raise BadInput(
            f"{text} is not of the registry at {registry.address}",
            field="image",
            hint="leave its address out for the fleet's own",
        )
    return name
