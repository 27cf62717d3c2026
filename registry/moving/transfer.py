"""Images between podman and the registry: pushed, signed before they are named, and pulled."""

from __future__ import annotations

import base64
import json
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.client.registry import Registry
from registry.home import authority_of
from registry.manifests import ImageManifest
from registry.moving.passing import passing, was_there
from registry.names import ImageName
from registry.reach import password_of
from registry.signatures.attachments import sign, verified
from registry.signatures.signing import Key, PublicKey
from ygg.adapters import podman, podman_run
from ygg.embedded.secret_files import write_private
from ygg.errors import BadInput, Denied
from ygg.settings import Settings

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""As images call them."""


@dataclass(frozen=True)
class PodmanAccess:
    """What podman reaches the registry by: files, for all can see the words of a command."""

    login: Path
    certificates: Path | None


@dataclass(frozen=True)
class Parcel:
    """An image of this machine, and what it is to be called."""

    local: str
    name: ImageName
    tags: tuple[str, ...]
    revision_tag: str
    replace: bool = False
    """Although another image has this version."""


@dataclass(frozen=True)
class Signer:
    key: Key
    name: str
    """Who pushes, and where: it stands in the signature."""
    at: int


@dataclass(frozen=True)
class Moved:
    name: ImageName
    digest: str
    tags: tuple[str, ...]
    was_there: bool
    """Nothing had to be moved."""


@contextmanager
def access(settings: Settings, address: str) -> Iterator[PodmanAccess]:
    with TemporaryDirectory(prefix="ygg-login-") as folder:
        login = Path(folder) / "auth.json"
        pair = f"{settings.registry.user}:{password_of(settings)}"
        entry = {"auth": base64.b64encode(pair.encode()).decode()}
        write_private(login, json.dumps({"auths": {address: entry}}))
        authority = authority_of(settings)
        certificates = Path(folder) / "certificates" if authority else None
        if authority and certificates:
            certificates.mkdir()
            shutil.copy(authority, certificates / "ca.crt")
        yield PodmanAccess(login, certificates)


def push(registry: Registry, with_: PodmanAccess, parcel: Parcel, signer: Signer) -> Moved:
    """First under a name that nobody pulls; then its signatures; then its names."""
    name = parcel.name
    with passing(registry, name) as on_its_way:
        stored = registry.manifest(name.pinned(_pushed(with_, parcel, on_its_way)))
        there = was_there(registry, name, stored.digest, replace=parcel.replace)
        names = [name.tagged(tag) for tag in dict.fromkeys([*parcel.tags, parcel.revision_tag])]
        sign(registry, names, stored.digest, signer.key, signer.name, signer.at)
        for one in names:
            registry.put_manifest(one, stored.raw, stored.media_type)
    return Moved(name, stored.digest, parcel.tags, there)


def pull(registry: Registry, with_: PodmanAccess, name: ImageName, key: PublicKey) -> Moved:
    """By the digest that its name stands for now, and only if the fleet has signed that."""
    whole = resolved(registry, name, key)
    _check_platform(registry, whole)
    pinned, digest = str(whole), whole.digest or ""
    was_there = podman_run.exists(pinned)
    if not was_there:
        podman_run.output(
            podman.pull(pinned, with_.login, with_.certificates), f"cannot pull {name.short}"
        )
    tags = (name.tag,) if name.tag else ()
    for tag in tags:
        podman_run.output(podman.tag(pinned, str(name.tagged(tag))), f"cannot name {name.short}")
    return Moved(name, digest, tags, was_there)


def resolved(registry: Registry, name: ImageName, key: PublicKey) -> ImageName:
    """By the digest that the name stands for now; refused if the fleet has not signed that."""
    digest = registry.head(name).digest
    _check_signed(registry, name, digest, key)
    return name.pinned(digest)


def _pushed(with_: PodmanAccess, parcel: Parcel, to: ImageName) -> str:
    """Its digest by podman's own word: what the name stands for others may change meanwhile."""
    with TemporaryDirectory(prefix="ygg-push-") as folder:
        digest = Path(folder) / "digest"
        argv = podman.push(parcel.local, str(to), with_.login, with_.certificates, digest)
        podman_run.output(argv, f"cannot push {parcel.name.short}")
        return digest.read_text().strip()


def _check_signed(registry: Registry, name: ImageName, digest: str, key: PublicKey) -> None:
    found = verified(registry, name, digest, key)
    if found.by_name(name) is None:
        others = f", but {found.foreign} others are there" if found.foreign else ""
        raise Denied(
            f"{name.short} has no signature of the fleet's key {key.fingerprint}{others}",
            hint="push it from the registry's machine with ygg images push, which signs it",
        )


def _check_platform(registry: Registry, pinned: ImageName) -> None:
    """podman takes an image of another kind of machine, and fails when it is run."""
    content = registry.manifest(pinned).content
    if not isinstance(content, ImageManifest):
        return  # of several podman takes its own
    config, own = registry.config(pinned, content), ARCHITECTURES.get(platform.machine())
    if own is not None and config.architecture != own:
        raise BadInput(
            f"{pinned.repository} is made for {config.platform}, and this machine is {own}",
            field="image",
            hint=f"build it on a machine that is {own}, and push it with a version of its own",
        )
