"""Everything that a registry needs before it first starts, made once and kept."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from registry.home import Home, address_of
from registry.hosting import pairs
from registry.hosting.accounts import check_secret, check_user, holds, make_account
from registry.hosting.authority import (
    RENEW_DAYS,
    Certified,
    certified,
    has_its_key,
    is_signed_by_authority,
    make_certificate,
)
from registry.hosting.configuration import as_yaml, host_of, mirror, serving
from registry.hosting.pairs import Came, Step
from ygg import lock
from ygg.addresses import LOOPBACK, in_ascii, is_host, is_ipv6
from ygg.embedded.secret_files import naming, read_secret, write_private
from ygg.errors import BadInput, Conflict
from ygg.owners import closed
from ygg.registry_settings import RegistrySettings

TURN_SECONDS = 30.0
"""So long one waits for another."""


def begin(
    settings: RegistrySettings,
    home: Home,
    *,
    names: Sequence[str] = (),
    new_password: bool = False,
    new_authority: bool = False,
    new_signing_key: bool = False,
) -> Iterator[Step]:
    """What is there is kept. A certificate is renewed when it ends soon, or is for others."""
    wanted = _checked(settings, home, names, new_authority=new_authority)
    if not new_password and home.password.exists():
        check_secret(read_secret(home.password))
    _make_folders(settings, home)
    with _alone(home):
        if not settings.plain_http:
            yield pairs.authority(home).settled(anew=new_authority)
            yield _certificate(home, wanted)
        yield _account(home, settings.user, anew=new_password)
        yield pairs.signing(home).settled(anew=new_signing_key)
        yield _secret(home)
        write_private(home.configuration, as_yaml(serving(settings, home, secret_of(home))))
        yield Step("configuration", "made", home.configuration)


def secret_of(home: Home) -> str:
    try:
        found = read_secret(home.secret)
    except FileNotFoundError:
        raise BadInput(
            f"there is no registry in {home.folder}", hint="ygg registry init makes one"
        ) from None
    except OSError as error:
        whose = closed(home.secret)
        raise BadInput(
            f"cannot read {home.secret}: {error.strerror}",
            field="registry.home",
            hint=whose.hint if whose else "it is a file that its owner may read",
        ) from error
    if not found:
        raise BadInput(f"{home.secret} is empty", hint="ygg registry init makes it again")
    return found


def renewed_certificate(settings: RegistrySettings, home: Home) -> bool:
    """Made anew if it ends soon or its key is lost, for the names that it has."""
    if settings.plain_http:
        return False
    old = certified(home.certificate)
    if old.days_left > RENEW_DAYS and has_its_key(home):
        return False
    make_certificate(home, old.names)
    return True


def _checked(
    settings: RegistrySettings, home: Home, more: Sequence[str], *, new_authority: bool
) -> frozenset[str]:
    """The names that it is to go by. What cannot be is refused before anything is made."""
    serving(settings, home, "")
    mirror(settings, home, "")
    check_user(settings.user)
    for name in more:
        _check_name(name)
    wanted = _names(settings, more)
    is_bound = home.authority.exists() and not home.authority_key.exists()
    if is_bound and not (settings.plain_http or new_authority or _kept(home, wanted)):
        raise BadInput(
            f"{home.authority_key} is not here, and without it there can be no certificate"
            f" for {', '.join(sorted(wanted))}",
            hint="put it back for as long as this takes; another authority, whose ca.pem every"
            " machine must then be given: ygg registry init --new-authority",
        )
    return wanted


def _check_name(name: str) -> None:
    if not (is_host(name) or is_ipv6(name)):
        written = in_ascii(name) or ""
        raise BadInput(
            f"{name[:80]!r} is no name of a machine",
            field="--name",
            allowed=[written if is_host(written) else "fenrir.example", "10.0.0.7"],
        )


def _make_folders(settings: RegistrySettings, home: Home) -> None:
    more = [home.mirror_storage] if settings.mirror_of else []
    try:
        for folder in (home.folder, home.storage, *more):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadInput(
            f"cannot make {error.filename}: {error.strerror}",
            field="registry.home",
            hint="set home and storage in [registry] to folders that you may write to",
        ) from error


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Two at once would each make half of the keys."""
    with naming(home.init_lock):
        held = lock.take(home.init_lock, str(os.getpid()), seconds=TURN_SECONDS)
    if held is None:
        raise Conflict(f"another ygg registry init is at work in {home.folder}", hint="wait for it")
    try:
        yield
    finally:
        held.release()


def _certificate(home: Home, names: frozenset[str]) -> Step:
    file, had = home.certificate, home.certificate.exists()
    if _kept(home, names):
        return Step("certificate", "kept", file)
    old = _readable(home)
    make_certificate(home, names | (old.names if old else frozenset()))
    return Step("certificate", "renewed" if had else "made", file)


def _kept(home: Home, names: frozenset[str]) -> bool:
    old = _readable(home)
    if old is None or old.days_left <= RENEW_DAYS or not names <= old.names:
        return False
    return is_signed_by_authority(home) and has_its_key(home)


def _readable(home: Home) -> Certified | None:
    try:
        return certified(home.certificate)
    except BadInput:
        return None


def _names(settings: RegistrySettings, more: Sequence[str]) -> frozenset[str]:
    """The machine reaches itself by loopback, and others may know it by its own name."""
    own = filter(is_host, [socket.gethostname()])
    given = (name.strip("[]") for name in more)
    return frozenset({host_of(address_of(settings)), *own, *LOOPBACK, *given})


def _account(home: Home, user: str, *, anew: bool) -> Step:
    had = home.password.exists()
    kept = had and not anew and holds(home.accounts, user, read_secret(home.password))
    if not kept:
        make_account(home, user, anew=anew)
    came: Came = "kept" if kept else "renewed" if had else "made"
    return Step("password", came, home.password)


def _secret(home: Home) -> Step:
    try:
        if read_secret(home.secret):
            return Step("secret", "kept", home.secret)
        came: Came = "mended"
    except FileNotFoundError:
        came = "made"
    write_private(home.secret, secrets.token_hex(32))
    return Step("secret", came, home.secret)
