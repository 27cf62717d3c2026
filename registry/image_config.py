"""The configuration of an image: what it says of itself, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AwareDatetime, Field, ValidationError

from registry.documents import Part, first_fault
from registry.manifests import Digest
from ygg.errors import BadInput

LABELS = "org.opencontainers.image"
"""What the labels begin with that all the world uses."""
VERSION, REVISION = f"{LABELS}.version", f"{LABELS}.revision"
CONFIG_BYTES = 8 * 1024 * 1024


class Step(Part):
    """One line of how an image was made."""

    created: AwareDatetime | None = None
    created_by: str = ""
    comment: str = ""
    empty_layer: bool = False
    """It made no layer."""


class RunSettings(Part):
    user: str = Field("", alias="User")
    environment: tuple[str, ...] | None = Field(None, alias="Env")
    entrypoint: tuple[str, ...] | None = Field(None, alias="Entrypoint")
    command: tuple[str, ...] | None = Field(None, alias="Cmd")
    labels: Mapping[str, str] | None = Field(None, alias="Labels")


class RootFileSystem(Part):
    type: str = "layers"
    diff_ids: tuple[Digest, ...] | None = None
    """Digests of the layers as they are unpacked."""


class ImageConfig(Part):
    architecture: str
    os: str
    variant: str | None = None
    created: AwareDatetime | None = None
    run: RunSettings | None = Field(None, alias="config")
    rootfs: RootFileSystem = RootFileSystem()
    history: tuple[Step, ...] | None = None

    @property
    def labels(self) -> Mapping[str, str]:
        return (self.run.labels if self.run else None) or {}

    @property
    def version(self) -> str:
        return self.labels.get(VERSION, "")

    @property
    def revision(self) -> str:
        """The commit that it was made of."""
        return self.labels.get(REVISION, "")

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.history or ()

    @property
    def platform(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


def parse_config(raw: bytes) -> ImageConfig:
    try:
        return ImageConfig.model_validate_json(raw)
    except ValidationError as error:
        raise BadInput(
            f"the image's configuration cannot be read: {first_fault(error)}", field="config"
        ) from error
