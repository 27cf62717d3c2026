"""What a machine needs to take the fleet's images, written where its podman looks."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from registry.home import address_of, authority_of, home_of
from registry.signatures.trust import POLICY, Trust
from ygg.embedded.secret_files import rewrite
from ygg.errors import BadInput
from ygg.settings import Settings
from ygg.target import config_home

SYSTEM = Path("/etc/containers")


def files_for(settings: Settings, folder: Path | None, *, only: bool) -> dict[Path, str]:
    """By path. What the machine's policy says of others is kept, unless only ours is trusted."""
    folder = (folder or _folder()).absolute()
    trust = _trust(settings, folder, only=only)
    authority = authority_of(settings)
    found = trust.files(
        _read(authority) if authority else None,
        _read(home_of(settings).public_key),
        _policy(folder),
    )
    return {folder / name: text for name, text in found.items()}


def dropped(settings: Settings, folder: Path | None, *, only: bool) -> list[str]:
    """Rules of the policy that would weaken ours, and are taken away."""
    folder = (folder or _folder()).absolute()
    return _trust(settings, folder, only=only).dropped(_policy(folder))


def write(file: Path, text: str) -> bool:
    """False when it says so already."""
    try:
        if file.exists() and file.read_bytes() == text.encode():
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        rewrite(file, text)
    except OSError as error:
        raise BadInput(
            f"cannot write {file}: {error.strerror}", hint="as root, or with --folder of your own"
        ) from error
    return True


def _trust(settings: Settings, folder: Path, *, only: bool) -> Trust:
    return Trust(address_of(settings.registry), PurePosixPath(folder), only=only)


def _folder() -> Path:
    if os.geteuid() == 0:
        return SYSTEM
    return config_home() / "containers"


def _policy(folder: Path) -> str | None:
    """A person's own begins as the system's: podman reads but one of them."""
    for file in (folder / POLICY, SYSTEM / POLICY):
        if file.exists():
            return _text(file, "mend it, or move it away")
    return None


def _read(file: Path) -> str:
    return _text(file, "copy ca.pem and signing.pub from the registry's machine into that folder")


def _text(file: Path, hint: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        how = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadInput(f"cannot read {file}: {how}", hint=hint) from error
