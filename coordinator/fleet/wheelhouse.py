"""Wheels of an executor for machines without containers: fetched from the registry to this machine,
from where the playbook copies them. What is kept here may be thrown away."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from registry.client.registry import Registry
from registry.image_config import ImageConfig
from registry.manifests import Descriptor, ImageManifest
from registry.moving.transfer import ARCHITECTURES, resolved
from registry.names import ImageName, image_of
from registry.signatures.signing import PublicKey
from registry.versions import version_of
from ygg.adapters.playbook import Value
from ygg.errors import BadInput, NotFound

FAMILY = "wheelhouse"
_DIGITS = 12


@dataclass(frozen=True)
class Wheelhouse:
    image: ImageName
    """By its digest, which the fleet has signed."""
    folder: Path
    """On this machine."""
    layers: tuple[str, ...]
    """Names of files there, in the order in which they are unpacked."""
    version: str
    machine: str
    """What it is for, as the kernel calls it: x86_64, aarch64."""

    @property
    def release(self) -> str:
        """What it is called on a machine: two images of one version are two releases."""
        digits = (self.image.digest or "").removeprefix("sha256:")[:_DIGITS]
        return f"{self.version}-{digits}"

    @property
    def variables(self) -> dict[str, Value]:
        return {
            "ygg_release": self.release,
            "ygg_wheels": str(self.folder),
            "ygg_wheels_layers": " ".join(self.layers),
            "ygg_wheels_machine": self.machine,
        }


def fetch(registry: Registry, version: str, key: PublicKey, cache: Path) -> Wheelhouse:
    """What was fetched before is held against its digest, and not fetched again."""
    image = _signed(registry, version, key)
    manifest = registry.manifest(image).content
    if not isinstance(manifest, ImageManifest):
        raise BadInput(f"{image.short} is made for several platforms", field="version")
    cache.mkdir(parents=True, exist_ok=True)
    for layer in manifest.layers:
        _fetch(registry, image, layer, cache / _file(layer))
    said = registry.config(image, manifest)
    found = tuple(map(_file, manifest.layers))
    return Wheelhouse(image, cache, found, str(version_of(said.version)), _machine(image, said))


def _signed(registry: Registry, version: str, key: PublicKey) -> ImageName:
    try:
        return resolved(registry, image_of(f"{FAMILY}:{version}", registry.address), key)
    except NotFound as error:
        raise NotFound(
            error.message,
            field="version",
            hint="machines of ygg_runtime venv need it: ygg images build wheelhouse, and push it",
        ) from error


def _fetch(registry: Registry, image: ImageName, layer: Descriptor, file: Path) -> None:
    if not (file.is_file() and _digest(file) == layer.digest):
        registry.download_blob(image.repository, layer.digest, file, layer.size_bytes)


def _file(layer: Descriptor) -> str:
    return f"{layer.digest.removeprefix('sha256:')}.tar.gz"


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"


def _machine(image: ImageName, said: ImageConfig) -> str:
    for machine, architecture in ARCHITECTURES.items():
        if architecture == said.architecture:
            return machine
    raise BadInput(f"{image.short} is made for {said.platform}", field="version")
