"""Archives back into podman, or into a registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from registry.archive import Archived, push
from registry.client.registry import Registry
from registry.home import home_of
from registry.names import ImageName
from registry.signatures.attachments import attach
from registry.signatures.signing import read_public_key
from ygg.adapters import podman, podman_run
from ygg.errors import Denied
from ygg.settings import load


def check_signed(archived: Archived) -> None:
    key = read_public_key(home_of(load()).public_key)
    if archived.signed_by(key) is None:
        raise Denied(
            f"{archived.name.short} in it has no signature of the fleet's key {key.fingerprint}",
            hint="--unsigned takes it all the same",
        )


def into_podman(file: Path, archived: Archived) -> ImageName:
    """Under the name that it had, so that machines find it as if it had been pulled."""
    told = podman_run.output(podman.load(file), f"cannot load {file}")
    podman_run.output(
        podman.tag(_loaded(told), str(archived.name)), f"cannot name {archived.name.short}"
    )
    return archived.name


def into_registry(registry: Registry, file: Path, archived: Archived) -> ImageName:
    """With its signatures first: they name the registry that it came from."""
    name = replace(archived.name, registry=registry.address)
    for signature in archived.signatures:
        attach(registry, name, archived.digest, signature)
    push(registry, file, archived, name)
    return name


def _loaded(told: str) -> str:
    """`Loaded image: NAME`, or what is written of several."""
    return told.strip().splitlines()[-1].partition(": ")[2].strip()
