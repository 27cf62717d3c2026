"""Archives back into podman, or into a registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from registry.client.registry import Registry
from registry.moving.archive import Archived, push
from registry.moving.passing import passing, was_there
from registry.names import ImageName
from registry.signatures.attachments import attach
from registry.signatures.signing import PublicKey
from ygg.adapters import podman, podman_run
from ygg.errors import Denied, YggError


def check_signed(archived: Archived, key: PublicKey) -> None:
    if archived.signed_by(key) is None:
        raise Denied(
            f"{archived.name.short} in it has no signature of the fleet's key {key.fingerprint}"
            " for that name",
            hint="save it again from the fleet's registry; --unsigned takes it all the same",
        )


def into_podman(file: Path, archived: Archived) -> ImageName:
    """Under the name that it had, so that machines find it as if it had been pulled."""
    printed = podman_run.output(podman.load(file), f"cannot load {file}")
    loaded = _loaded(printed)
    if podman_run.local_image(loaded).digest != archived.digest:
        podman_run.output(podman.remove([loaded]), f"cannot remove {loaded}")
        raise YggError(
            f"podman read another image of {file} than {archived.digest}",
            hint="did it change meanwhile? save it again from the fleet's registry",
        )
    if archived.name.tag:
        named = podman.tag(loaded, str(archived.name))
        podman_run.output(named, f"cannot name {archived.name.short}")
    return archived.name


def into_registry(
    registry: Registry, file: Path, archived: Archived, *, replace_it: bool = False
) -> ImageName:
    """Its name comes last; its signatures name the registry that it came from."""
    name = replace(archived.name, registry=registry.address)
    with passing(registry, name) as on_its_way:
        push(registry, file, archived, on_its_way)
        was_there(registry, name, archived.digest, replace=replace_it)
        attach(registry, name, archived.digest, *archived.signatures)
        stored = registry.manifest(name.pinned(archived.digest))
        registry.put_manifest(name, stored.raw, stored.media_type)
    return name


def _loaded(printed: str) -> str:
    """`Loaded image: NAME`, or what is written of several."""
    return printed.strip().splitlines()[-1].partition(": ")[2].strip()
