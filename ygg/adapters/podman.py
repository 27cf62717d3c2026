"""Podman's command lines. What it complains about is read in `podman_trouble`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Build:
    """One image, and all that decides what it becomes."""

    file: Path
    context: Path
    name: str
    at: int
    """The time that stands in it and on its files, in seconds since 1970."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    network: Literal["none", "private"] = "none"


def build(of: Build) -> list[str]:
    """Nothing of the machine or the hour gets in. Docker's format: OCI's knows no health check.

    What was built before is not taken again: podman does not see when mounted files change.
    """
    words = ["podman", "build", "--format", "docker", "--timestamp", str(of.at), "--omit-history"]
    words += ["--identity-label=false", "--no-cache", "--layers", "--pull=never"]
    words += ["--network", of.network, "--file", str(of.file), "--tag", of.name]
    arguments = {"SOURCE_DATE_EPOCH": str(of.at), **of.arguments}
    words += [
        word for key, value in arguments.items() for word in ("--build-arg", _pair(key, value))
    ]
    return [*words, str(of.context)]


def inspect(name: str) -> list[str]:
    """What is known of an image that lies here, as JSON."""
    return ["podman", "image", "inspect", name]


def nameless() -> list[str]:
    """The ids of those without a name that no other is known to stand on."""
    return ["podman", "images", "--quiet", "--no-trunc", "--filter", "dangling=true"]


def remove(ids: Sequence[str]) -> list[str]:
    return ["podman", "rmi", "--ignore", *ids]


def exists(name: str) -> list[str]:
    """Ends with 1 where there is no such image."""
    return ["podman", "image", "exists", name]


def pull(name: str, login: Path | None = None, certificates: Path | None = None) -> list[str]:
    """Whom to trust the machine's own policy says."""
    return ["podman", "pull", "--quiet", *_access(login, certificates), name]


def push(
    name: str,
    to: str,
    login: Path | None = None,
    certificates: Path | None = None,
    digest_file: Path | None = None,
) -> list[str]:
    """The same layers always become the same bytes. `digest_file` gets what was pushed."""
    words = ["podman", "push", "--quiet", "--compression-format", "gzip"]
    words += ["--digestfile", str(digest_file)] if digest_file else []
    return [*words, *_access(login, certificates), name, f"docker://{to}"]


def save_folder(name: str, folder: Path) -> list[str]:
    """A file each for manifest, configuration and layers, as they lie here."""
    return ["podman", "save", "--quiet", "--format", "docker-dir", "--output", str(folder), name]


def load_folder(folder: Path) -> list[str]:
    """Writes the id of the image, which has no name yet."""
    return ["podman", "pull", "--quiet", f"dir:{folder}"]


def load(file: Path) -> list[str]:
    """Of an archive. Writes `Loaded image: NAME`."""
    return ["podman", "load", "--quiet", "--input", str(file)]


def tag(name: str, new: str) -> list[str]:
    return ["podman", "tag", name, new]


def _pair(key: str, value: str) -> str:
    return f"{key}={value}"


def _access(login: Path | None, certificates: Path | None) -> list[str]:
    found = ["--authfile", str(login)] if login else []
    return [*found, "--cert-dir", str(certificates)] if certificates else found
