"""Names of images, built and read in this one place.

executor:0.2.0                                  as a person types it
fleet.example:7450/ygg-executor:0.2.0           as it is pushed
fleet.example:7450/ygg-executor@sha256:…        as a machine runs it
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from registry import families
from ygg.addresses import is_address, is_host
from ygg.errors import BadInput
from ygg.labels import nearest

PREFIX = "ygg-"
HERE = "localhost"
"""Where an image is from that was built on this machine, as podman says it."""
FAMILIES = tuple(families.FAMILIES)
"""What is built here; a person may leave out the prefix of these."""
MOST_REPOSITORY = 255
MOST_TAG = 128
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ImageName:
    """One image of a registry: by a tag, by the digest of its manifest, or by both."""

    registry: str
    """`HOST` or `HOST:PORT`."""
    repository: str
    tag: str | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        check_address(self.registry)
        check_repository(self.repository)
        if self.tag is not None:
            check_tag(self.tag)
        if self.digest is not None:
            check_digest(self.digest)

    def __str__(self) -> str:
        return f"{self.registry}/{self.local}"

    @property
    def local(self) -> str:
        """Without the registry."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"

    @property
    def short(self) -> str:
        """As a person would type it."""
        family = self.repository.removeprefix(PREFIX)
        known = self.repository != family and family in FAMILIES
        return replace(self, repository=family).local if known else self.local

    @property
    def reference(self) -> str:
        """What a registry is asked for: the digest where it is known."""
        return self.digest or self.tag or "latest"

    def pinned(self, digest: str) -> ImageName:
        return replace(self, tag=None, digest=digest)

    def tagged(self, tag: str) -> ImageName:
        return replace(self, tag=tag, digest=None)


def image_of(text: str, registry: str) -> ImageName:
    """What a person means by `executor`, `executor:0.2.0`, `executor@sha256:…` or a whole name."""
    name, at, digest = text.partition("@")
    head, slash, rest = name.partition("/")
    is_address = bool(slash) and (any(one in head for one in ".:[") or head == "localhost")
    address, path = (head, rest) if is_address else (registry, name)
    path, colon, tag = path.partition(":")
    if (at and not digest) or (colon and not tag) or not path:
        raise BadInput(
            f"{text!r} names no image", field="image", allowed=["NAME", "NAME:TAG", "NAME@sha256:…"]
        )
    return ImageName(address, repository_of(path), tag or None, digest or None)


def repository_of(name: str) -> str:
    """`executor` is short for `ygg-executor`."""
    return f"{PREFIX}{name}" if name in FAMILIES else name


def built_here(family: str, version: str) -> ImageName:
    """As `ygg images build` calls it."""
    return ImageName(HERE, repository_of(family), version)


def family_of(name: str) -> str:
    """One that is built here, by its name with or without the prefix."""
    family = name.removeprefix(PREFIX)
    if family in FAMILIES:
        return family
    close = nearest(family, FAMILIES)
    raise BadInput(
        f"no image {name!r} is made here",
        field="image",
        allowed=list(FAMILIES),
        hint=f"did you mean {close}?" if close else None,
    )


def check_address(text: str) -> None:
    if not (is_host(text) or is_address(text)):
        raise BadInput(
            f"{text!r} is no address of a registry", field="registry", allowed=["HOST", "HOST:PORT"]
        )


def check_repository(text: str) -> None:
    if len(text) > MOST_REPOSITORY or _REPOSITORY.fullmatch(text) is None:
        raise BadInput(
            f"{text[:80]!r} is no name of images: small letters and digits, with one of . _ - /"
            " between them",
            field="image",
        )


def check_tag(text: str) -> None:
    if _TAG.fullmatch(text) is None:
        raise BadInput(
            f"{text[:80]!r} is no tag",
            field="tag",
            allowed=[f"letters, digits, and . _ - after the first: {MOST_TAG} at most"],
        )


def check_digest(text: str) -> None:
    if _DIGEST.fullmatch(text) is None:
        raise BadInput(
            f"{text[:80]!r} is no digest",
            field="digest",
            allowed=["sha256: and 64 digits of 0-9a-f"],
        )
