"""Everything that a registry needs before it first starts, made once and kept."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.home import Home, address_of
from registry.hosting.accounts import holds, make_account
from registry.hosting.authority import (
    RENEW_DAYS,
    certified,
    is_signed_by_authority,
    make_authority,
    make_certificate,
)
from registry.hosting.configuration import as_yaml, host_of, serving
from registry.signatures.signing import make_key
from ygg.embedded.secret_files import write_private
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
Came = Literal["made", "kept", "renewed"]


@dataclass(frozen=True)
class Step:
    what: str
    came: Came
    file: Path


def begin(
    settings: RegistrySettings,
    home: Home,
    *,
    names: Sequence[str] = (),
    new_password: bool = False,
) -> Iterator[Step]:
    """What is there is kept. A certificate is renewed when it ends soon, or is for others."""
    _make_folders(home)
    if not settings.plain_http:
        yield from _certificates(home, _names(settings, names))
    yield _account(home, settings.user, anew=new_password)
    yield _once(
        "signing key", home.signing_key, lambda: make_key(home.signing_key, home.public_key)
    )
    yield _once("secret", home.secret, lambda: write_private(home.secret, secrets.token_hex(32)))
    write_private(home.configuration, as_yaml(serving(settings, home, secret_of(home))))
    yield Step("configuration", "made", home.configuration)


def secret_of(home: Home) -> str:
    try:
        return home.secret.read_text().strip()
    except FileNotFoundError:
        raise BadInput(
            f"there is no registry in {home.folder}", hint="ygg registry init makes one"
        ) from None


def renewed_certificate(settings: RegistrySettings, home: Home) -> bool:
    """Made anew if it ends soon, for the names that it has."""
    if settings.plain_http or certified(home.certificate).days_left > RENEW_DAYS:
        return False
    make_certificate(home, certified(home.certificate).names)
    return True


def _make_folders(home: Home) -> None:
    try:
        home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.storage.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadInput(
            f"cannot make {error.filename}: {error.strerror}",
            field="registry.home",
            hint="set home and storage in [registry] to folders that you may write to",
        ) from error


def _certificates(home: Home, names: frozenset[str]) -> Iterator[Step]:
    yield _once("authority", home.authority_key, lambda: make_authority(home))
    file = home.certificate
    if not file.exists():
        make_certificate(home, names)
        yield Step("certificate", "made", file)
        return
    old = certified(file)
    fits = old.days_left > RENEW_DAYS and names <= old.names and is_signed_by_authority(home)
    if not fits:
        make_certificate(home, names | old.names)
    yield Step("certificate", "kept" if fits else "renewed", file)


def _names(settings: RegistrySettings, more: Sequence[str]) -> frozenset[str]:
    """The machine reaches itself by loopback, and others may know it by its own name."""
    return frozenset({host_of(address_of(settings)), socket.gethostname(), *LOOPBACK, *more})


def _account(home: Home, user: str, *, anew: bool) -> Step:
    had = home.password.exists()
    kept = had and not anew and holds(home.accounts, user, home.password.read_text().strip())
    if not kept:
        make_account(home, user, anew=anew)
    came: Came = "kept" if kept else "renewed" if had else "made"
    return Step("password", came, home.password)


def _once(what: str, file: Path, make: Callable[[], object]) -> Step:
    if file.exists():
        return Step(what, "kept", file)
    make()
    return Step(what, "made", file)
