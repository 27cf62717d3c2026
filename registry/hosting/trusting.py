"""What a machine needs to take the fleet's images, written where its podman looks."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from registry.home import address_of, home_of
from registry.reach import authority_file
from registry.signatures.trust import POLICY, Trust
from ygg.errors import BadInput
from ygg.settings import Settings

SYSTEM = Path("/etc/containers")


def files_for(settings: Settings, folder: Path | None, *, only: bool) -> dict[Path, str]:
    """By path. What the machine's policy says of others is kept, unless only ours is trusted."""
    folder = (folder or _folder()).absolute()
    trust = Trust(address_of(settings.registry), PurePosixPath(folder), only=only)
    authority = authority_file(settings)
    found = trust.files(
        _read(authority) if authority else None,
        _read(home_of(settings).public_key),
        _policy(folder),
    )
    return {folder / name: text for name, text in found.items()}


def write(file: Path, text: str) -> bool:
    """False when it says so already."""
    try:
        if file.exists() and file.read_text() == text:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_name(f".{file.name}.new")
        scratch.write_text(text)
        scratch.replace(file)
    except OSError as error:
        raise BadInput(
            f"cannot write {file}: {error.strerror}", hint="as root, or with --folder of your own"
        ) from error
    return True


def _folder() -> Path:
    if os.geteuid() == 0:
        return SYSTEM
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "containers"


def _policy(folder: Path) -> str | None:
    """A person's own begins as the system's: podman reads but one of them."""
    for file in (folder / POLICY, SYSTEM / POLICY):
        if file.exists():
            return file.read_text()
    return None


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise BadInput(
            f"cannot read {file}: {error.strerror}",
            hint="copy ca.pem and signing.pub from the registry's machine into that folder",
        ) from error
