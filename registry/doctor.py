"""What `ygg doctor` says of the registry. Found by its name: `ygg` imports nothing of this."""

from __future__ import annotations

from collections.abc import Iterator

from registry.hosting.authority import RENEW_DAYS
from registry.hosting.disk import Level
from registry.hosting.status import Status, status
from ygg.cli.check import Check, gib
from ygg.errors import YggError
from ygg.settings import Settings

NAME = "registry"
_VERDICTS: dict[Level, str] = {"ok": "ok", "warn": "warn", "refuse": "FAIL"}


def check_registry(settings: Settings) -> Iterator[Check]:
    try:
        found = status(settings)
    except YggError as error:
        yield Check(NAME, "FAIL", error.message, error.hint or "ygg registry status")
    except OSError as error:
        yield Check(NAME, "FAIL", f"cannot be looked at: {error}", "ygg registry status")
    else:
        yield from _told(found)


def _told(found: Status) -> Iterator[Check]:
    if found.trouble:
        yield Check(NAME, "FAIL", found.trouble, found.hint or "ygg registry status")
    elif found.lost:
        yield Check(NAME, "FAIL", f"{found.address}: {found.lost}", "ygg registry status")
    elif found.takes_in is False:
        yield Check(NAME, "ok", f"{found.address}, collecting garbage: nothing can be pushed now")
    else:
        yield Check(NAME, "ok", f"{found.address}, {found.repositories} images")
    if found.mirror_trouble:
        yield Check("mirror", "FAIL", found.mirror_trouble, "ygg registry status")
    yield from _certificate(found)
    yield from _disk(found)


def _certificate(found: Status) -> Iterator[Check]:
    if found.certificate is None:
        return
    days = found.certificate.days_left
    if days > RENEW_DAYS:
        yield Check("registry TLS", "ok", f"{days} days left")
    else:
        verdict = "warn" if days > 0 else "FAIL"
        yield Check("registry TLS", verdict, f"{days} days left", found.renewal)


def _disk(found: Status) -> Iterator[Check]:
    room = "ygg images prune, then ygg registry gc"
    for name, disk, level, cure in (
        ("images disk", found.disk, found.level, room),
        ("mirror disk", found.mirror, found.mirror_level, "empty the mirror's folder"),
    ):
        if disk is not None and level is not None:
            detail = f"{gib(disk.free_bytes)} free, {disk.free_percent:.0f} %"
            verdict = _VERDICTS[level]
            yield Check(name, verdict, detail, "" if level == "ok" else cure)
