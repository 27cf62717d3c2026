"""What `ygg doctor` says of the registry. Found by its name: `ygg` imports nothing of this."""

from __future__ import annotations

from collections.abc import Iterator

from registry.hosting.authority import RENEW_DAYS
from registry.hosting.status import Status, status
from ygg.cli.check import Check, gib
from ygg.settings import Settings

NAME = "registry"


def check_registry(settings: Settings) -> Iterator[Check]:
    found = status(settings)
    if found.trouble:
        yield Check(NAME, "FAIL", found.trouble, found.hint or "ygg registry status")
    elif found.takes_in is False:
        yield Check(NAME, "ok", f"{found.address}, collecting garbage: nothing can be pushed now")
    else:
        yield Check(NAME, "ok", f"{found.address}, {found.repositories} images")
    yield from _certificate(found)
    yield from _disk(found)


def _certificate(found: Status) -> Iterator[Check]:
    if found.certificate is None:
        return
    days = found.certificate.days_left
    if days > RENEW_DAYS:
        yield Check("registry TLS", "ok", f"{days} days left")
    else:
        advice = "on its machine: ygg registry init, then restart it"
        verdict = "warn" if days > 0 else "FAIL"
        yield Check("registry TLS", verdict, f"{days} days left", advice)


def _disk(found: Status) -> Iterator[Check]:
    if found.disk is None or found.level is None:
        return
    detail = f"{gib(found.disk.free_bytes)} free, {found.disk.free_percent:.0f} %"
    verdict = {"ok": "ok", "warn": "warn", "refuse": "FAIL"}[found.level]
    advice = "" if found.level == "ok" else "ygg images prune, then ygg registry gc"
    yield Check("images disk", verdict, detail, advice)
