"""How the registry is: whether it answers, how long its certificate holds, how full its disk is."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from registry.client.patience import Patience
from registry.home import Home, address_of, home_of
from registry.hosting.authority import RENEW_DAYS, Certified, certified, shown_by
from registry.hosting.collecting import Collected, last, takes_in
from registry.hosting.configuration import host_of
from registry.hosting.disk import Disk, Level, disk_of, is_folder, mirror_apart
from registry.hosting.keeper import Keeper, keeper
from registry.hosting.renewing import way_to_renew
from registry.hosting.storage import cure, is_lost, lost
from registry.looking.shelf import repositories
from registry.ping import mirror_trouble_of
from registry.reach import reach
from ygg.errors import BadInput, RegistryUnreachable, YggError
from ygg.settings import Settings

_QUICK = Patience(attempts=2, call_seconds=10)


@dataclass(frozen=True)
class Status:
    address: str
    trouble: str
    """Why it does not answer us; empty when it does."""
    hint: str
    takes_in: bool | None
    """False while garbage is collected or its storage is away; nothing when it does not answer."""
    repositories: int | None
    certificate: Certified | None
    """Nothing without TLS, or where it cannot be had."""
    is_here: bool
    """Whether this is its machine: what follows is known there alone."""
    keeper: Keeper | None
    disk: Disk | None
    level: Level | None
    mirror: Disk | None
    """Of what was fetched from outside, where that lies on a disk of its own."""
    mirror_level: Level | None
    mirror_trouble: str
    """Why the mirror does not answer, and where it says more; empty when it does, or is none."""
    lost: str
    """That its storage is not there, and what to do; empty when it is."""
    renewal: str
    """How to have a new certificate."""
    collected: Collected | None

    @property
    def ends_soon(self) -> bool:
        return self.certificate is not None and self.certificate.days_left <= RENEW_DAYS

    @property
    def is_well(self) -> bool:
        is_full = "refuse" in (self.level, self.mirror_level)
        trouble = self.trouble or self.mirror_trouble or self.lost
        return not (trouble or is_full or self.ends_soon)


def status(settings: Settings) -> Status:
    home = home_of(settings)
    is_lost_here = is_lost(home)
    is_here = is_folder(home.storage) or is_lost_here
    disk = disk_of(home.storage) if is_folder(home.storage) and not is_lost_here else None
    apart = mirror_apart(home, settings.registry)
    mirror = disk_of(apart) if apart else None
    trouble, hint, open_, count = "", "", None, None
    try:
        with reach(settings, patience=_QUICK) as registry:
            registry.ping()
            open_, count = takes_in(registry), len(repositories(registry))
    except YggError as error:
        trouble, hint = error.message, error.hint or ""
        if is_here and isinstance(error, RegistryUnreachable) and keeper(home) is None:
            hint = cure(home) if is_lost_here else "ygg registry up"
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
        mirror=mirror,
        mirror_level=mirror.level(settings.registry) if mirror else None,
        mirror_trouble=_mirror_trouble(settings, home) if is_here and not trouble else "",
        lost=f"{lost(home)}; {cure(home)}" if is_lost_here else "",
        renewal=way_to_renew(home)
        if is_here
        else "on its machine: ygg registry init, then restart it",
        collected=last(home) if is_here else None,
    )


def _mirror_trouble(settings: Settings, home: Home) -> str:
    trouble = mirror_trouble_of(settings)
    return f"{trouble}; its log: {home.mirror_log}" if trouble else ""


def _certificate(settings: Settings) -> Certified | None:
    """The one it shows now: a new one on its disk is shown after a restart."""
    if settings.registry.plain_http:
        return None
    address, home = address_of(settings.registry), home_of(settings)
    try:
        return shown_by(host_of(address), int(address.rpartition(":")[2]))
    except (OSError, ssl.SSLError):
        return _on_disk(home.certificate)


def _on_disk(certificate: Path) -> Certified | None:
    try:
        return certified(certificate)
    except BadInput:  # none there, or not for us to read
        return None
