"""How the registry is: whether it answers, how long its certificate holds, how full its disk is."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from registry.client.patience import Patience
from registry.home import address_of, home_of
from registry.hosting.authority import RENEW_DAYS, Certified, certified, shown_by
from registry.hosting.collecting import Collected, last, takes_in
from registry.hosting.configuration import host_of
from registry.hosting.disk import Disk, Level, disk_of
from registry.hosting.keeper import Keeper, keeper
from registry.reach import authority_file, reach
from registry.shelf import repositories
from ygg.errors import RegistryUnreachable, YggError
from ygg.settings import Settings

_QUICK = Patience(attempts=2, call_seconds=10)


@dataclass(frozen=True)
class Status:
    address: str
    trouble: str
    """Why it does not answer us; empty when it does."""
    hint: str
    takes_in: bool | None
    """False while garbage is collected; nothing when it does not answer."""
    repositories: int | None
    certificate: Certified | None
    """Nothing without TLS, or where it cannot be had."""
    is_here: bool
    """Whether this is its machine: what follows is known there alone."""
    keeper: Keeper | None
    disk: Disk | None
    level: Level | None
    collected: Collected | None

    @property
    def ends_soon(self) -> bool:
        return self.certificate is not None and self.certificate.days_left <= RENEW_DAYS

    @property
    def is_well(self) -> bool:
        return not self.trouble and self.level != "refuse" and not self.ends_soon


def status(settings: Settings) -> Status:
    home = home_of(settings)
    is_here = home.storage.is_dir()
    disk = disk_of(home.storage) if is_here else None
    trouble, hint, open_, count = "", "", None, None
    try:
        with reach(settings, patience=_QUICK) as registry:
            registry.ping()
            open_, count = takes_in(registry), len(repositories(registry))
    except YggError as error:
        trouble, hint = error.message, error.hint or ""
        if is_here and isinstance(error, RegistryUnreachable) and keeper(home) is None:
            hint = "ygg registry up"
    return Status(
        address=address_of(settings.registry),
        trouble=trouble,
        hint=hint,
        takes_in=open_,
        repositories=count,
        certificate=_certificate(settings),
        is_here=is_here,
        keeper=keeper(home),
        disk=disk,
        level=disk.level(settings.registry) if disk else None,
        collected=last(home) if is_here else None,
    )


def _certificate(settings: Settings) -> Certified | None:
    """The one it shows now: a new one on its disk is shown after a restart."""
    if authority_file(settings) is None:
        return None
    address, home = address_of(settings.registry), home_of(settings)
    try:
        return shown_by(host_of(address), int(address.rpartition(":")[2]))
    except (OSError, ssl.SSLError):
        return certified(home.certificate) if home.certificate.exists() else None
