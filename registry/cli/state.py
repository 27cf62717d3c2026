"""How the registry is, in words and as data."""

from __future__ import annotations

from dataclasses import asdict

from registry.cli.words import size
from registry.home import Home
from registry.hosting.collecting import Collected
from registry.hosting.disk import Disk, Level
from registry.hosting.status import Status
from ygg.cli.times import when


def facts_of(found: Status, home: Home, *, plain_http: bool) -> list[tuple[str, str]]:
    disk, collected = found.disk, found.collected
    tls = "without TLS, on this machine alone" if plain_http else _certificate(found)
    state = "answers" if not found.trouble else f"{found.trouble}; next: {found.hint}"
    closed = "not now: " + ("its storage is away" if found.lost else "garbage is collected")
    return [
        ("registry", found.address),
        ("state", state),
        ("runs", str(found.keeper or "no") if found.is_here else ""),
        ("taken in", closed if found.takes_in is False else ""),
        ("images", "" if found.repositories is None else str(found.repositories)),
        ("TLS", tls + (f"; next: {found.renewal}" if found.ends_soon else "")),
        ("used", f"{size(disk.used_bytes)} in {home.storage}" if disk else ""),
        ("storage", found.lost),
        ("disk", _free(disk, found.level)),
        ("mirror", found.mirror_trouble),
        ("mirror disk", _free(found.mirror, found.mirror_level)),
        ("last gc", _last_collection(collected) if found.is_here else ""),
    ]


def _certificate(found: Status) -> str:
    certificate = found.certificate
    if certificate is None:
        return "its certificate cannot be seen now"
    return f"{certificate.days_left} days left"


def _free(disk: Disk | None, level: Level | None) -> str:
    low = {"warn": "; running low", "refuse": "; too little to push"}.get(level or "", "")
    return f"{size(disk.free_bytes)} free, {disk.free_percent:.0f} %{low}" if disk else ""


def _last_collection(collected: Collected | None) -> str:
    if collected is None:
        return "never"
    return f"{when(collected.at)}, freed {size(collected.freed_bytes)}"


def as_data(found: Status) -> dict[str, object]:
    certificate = found.certificate
    data = asdict(found) | {"is_well": found.is_well}
    if certificate:
        data["certificate"] = {
            "days_left": certificate.days_left,
            "ends": certificate.ends.isoformat(),
            "names": sorted(certificate.names),
        }
    for name, disk in (("disk", found.disk), ("mirror", found.mirror)):
        if disk:
            data[name] = asdict(disk) | {"free_percent": round(disk.free_percent, 1)}
    return data
