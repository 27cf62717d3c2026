"""What `ygg doctor` looks at. Nothing here needs a fleet to be running."""

from __future__ import annotations

import http.client
import shutil
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import ygg
from ygg.client import Client
from ygg.embedded import state
from ygg.errors import Denied, YggError
from ygg.settings import Settings, load
from ygg.target import Target, find_target

if TYPE_CHECKING:
    from ygg import views

TIMEOUT_SECONDS = 5.0
CLOCK_SECONDS = 5.0
LOW_BYTES, TOO_LOW_BYTES = 1024**3, 200 * 1024**2
UP = "ygg up --detach, or set YGG_URL to a coordinator elsewhere"


class Check(NamedTuple):
    name: str
    verdict: str
    """`ok`, `warn` or `FAIL`"""
    detail: str
    next: str = ""


def run_checks() -> Iterator[Check]:
    try:
        settings, target = load(), find_target()
    except YggError as error:
        yield Check("settings", "FAIL", error.message, error.hint or "")
        return
    yield Check("settings", "ok", f"data folder {settings.data_dir}")
    yield _disk(settings.data_dir)
    yield from _embedded(settings)
    client = Client(target, timeout_seconds=TIMEOUT_SECONDS)
    try:
        yield from _coordinator(client, target)
    finally:
        client.close()
    yield from _flower(settings)


def _disk(folder: Path) -> Check:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:,.1f} GB free in {folder}"
    if free < TOO_LOW_BYTES:
        return Check(
            "disk here", "FAIL", detail, "free some: the ledger refuses tasks on a full disk"
        )
    if free < LOW_BYTES:
        return Check("disk here", "warn", detail, "free some before the ledger must refuse tasks")
    return Check("disk here", "ok", detail)


def _embedded(settings: Settings) -> Iterator[Check]:
    pid, found = state.holder(settings.data_dir), state.read(settings.data_dir)
    if pid is None:
        if found is not None:
            yield Check("embedded", "warn", "a fleet was killed here", "ygg up --detach")
        return
    yield Check("embedded", "ok", f"`ygg up` runs here, pid {pid}")
    for name, part in found.parts.items() if found else ():
        if part.pid is None:
            yield Check(name, "FAIL", "is down, to be started again", f"its log: {part.log}")
        elif part.restarts:
            died = "once" if part.restarts == 1 else f"{part.restarts} times"
            yield Check(name, "warn", f"died {died} and was restarted", f"its log: {part.log}")


def _coordinator(client: Client, target: Target) -> Iterator[Check]:
    try:
        health = client.health()
    except YggError as error:
        yield Check("coordinator", "FAIL", error.message, UP)
        return
    verdict = "ok" if health["version"] == ygg.__version__ else "warn"
    detail = f"{target.url}, version {health['version']}"
    yield Check("coordinator", verdict, detail, _version_advice(health["version"]))
    for name, part in sorted(health["parts"].items()):
        if name != "executors":  # looked at one by one below
            yield _part(name, part)
    yield _clock(target)
    yield from _executors(client, health)


def _part(name: str, part: views.PartHealth) -> Check:
    if not part["ok"]:
        return Check(name, "FAIL", part["detail"], "mend it; what was accepted is not lost")
    if name == "broker" and not ("AOF on" in part["detail"] and "noeviction" in part["detail"]):
        return Check(name, "warn", part["detail"], "appendonly yes, maxmemory-policy noeviction")
    return Check(name, "ok", part["detail"])


def _version_advice(theirs: str) -> str:
    if theirs == ygg.__version__:
        return ""
    return f"this command is {ygg.__version__}: install the coordinator's version"


def _clock(target: Target) -> Check:
    """The coordinator's Date header has whole seconds: only larger differences are told."""
    url = urlsplit(target.url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health")
        told = connection.getresponse().getheader("Date") or ""
        apart = abs(parsedate_to_datetime(told).timestamp() - time.time())
    except (OSError, http.client.HTTPException, ValueError, TypeError):
        return Check("clock", "warn", "the coordinator does not tell its time")
    finally:
        connection.close()
    if apart > CLOCK_SECONDS:
        return Check("clock", "warn", f"{apart:.0f} s from the coordinator's", "set up NTP")
    return Check("clock", "ok", "as the coordinator's")


def _executors(client: Client, health: views.Health) -> Iterator[Check]:
    try:
        found = client.executors()
    except Denied as error:
        yield Check("token", "FAIL", error.message, "set YGG_TOKEN to a valid token")
        return
    except YggError as error:
        yield Check("executors", "FAIL", error.message, error.hint or "")
        return
    yield Check("token", "ok", "is accepted")
    alive = [view for view in found if view["state"] == "alive"]
    if not alive:
        yield Check("executors", "FAIL", "none is alive", "ygg executor, or ygg up --detach")
        return
    yield Check("executors", "ok", f"alive: {', '.join(view['executor'] for view in alive)}")
    for view in found:
        if view["state"] == "silent":
            name = view["executor"]
            yield Check(
                "executors", "warn", f"{name} is silent", f"look at machine {view['machine']}"
            )
    odd = sorted({view["version"] for view in alive} - {health["version"]})
    if odd:
        detail = f"some run {', '.join(odd)}, the coordinator {health['version']}"
        yield Check("versions", "warn", detail, "bring all to one version")


def _flower(settings: Settings) -> Iterator[Check]:
    embedded = state.read(settings.data_dir)
    if embedded is None or embedded.flower_url is None:
        return
    url = urlsplit(embedded.flower_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        detail = f"{embedded.flower_url} does not answer: {error}"
        yield Check("flower", "warn", detail, f"its log: {settings.data_dir / 'logs/flower.log'}")
        return
    finally:
        connection.close()
    if status in (401, 403):
        yield Check("flower", "ok", f"{embedded.flower_url} asks for a password")
    else:
        yield Check("flower", "FAIL", f"{embedded.flower_url} is open to anybody", "ygg down")
