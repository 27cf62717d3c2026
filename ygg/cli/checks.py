"""What `ygg doctor` looks at. Nothing here needs a fleet to be running."""

from __future__ import annotations

import http.client
import importlib
import re
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import ygg
from ygg.cli.check import Check, gib
from ygg.cli.checks_here import TIMEOUT_SECONDS, check_flower, check_here
from ygg.cli.connect import connected
from ygg.errors import Denied, YggError
from ygg.settings import load

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client
    from ygg.settings import Settings

CLOCK_SECONDS = 5.0
UP = "ygg up --detach, or set YGG_URL to a coordinator elsewhere"
PLAIN = {
    "events": "every report from an executor was understood",
    "threads": "all of the coordinator's are at work",
}
"""What a part that is well amounts to, for whoever did not build it."""
MEND = {
    "broker": "start it again; until then tasks are accepted and wait",
    "database": "look at the database; until then new tasks are refused",
    "disk": "free some: on a full disk the ledger refuses new tasks",
    "events": "keep those rows for a report of the fault; the other tasks go on",
    "registry": "machines go on with the images they have; on its machine: ygg registry up",
    "threads": "restart the coordinator; what was accepted is kept",
}
_MIB = re.compile(r"(\d+) MiB")


def run_checks() -> Iterator[Check]:
    try:
        settings = load()
    except YggError as error:
        yield Check("settings", "FAIL", error.message, error.hint or "")
        return
    yield from check_here(settings)
    try:
        with connected(timeout_seconds=TIMEOUT_SECONDS) as client:
            yield from _coordinator(client, settings)
    except YggError as error:
        yield Check("coordinator", "FAIL", error.message, error.hint or UP)
    yield from check_flower(settings)
    yield from _registry(settings)


def _registry(settings: Settings) -> Iterator[Check]:
    """Told by its own package, from this machine's sight; the coordinator's is another's."""
    if settings.registry.address is None:
        return
    try:
        told = importlib.import_module("registry.doctor")
    except ImportError as error:
        yield Check(
            "registry", "warn", f"cannot be looked at: {error}", "install the registry extra"
        )
        return
    yield from told.check_registry(settings)


def _coordinator(client: Client, settings: Settings) -> Iterator[Check]:
    health = client.health()
    verdict = "ok" if health["version"] == ygg.__version__ else "warn"
    detail = f"{client.target.url}, version {health['version']}"
    yield Check("coordinator", verdict, detail, _version_advice(health["version"]))
    # They are looked at more closely below.
    seen = {"executors", *(["registry"] if settings.registry.address else [])}
    for name, part in sorted(health["parts"].items()):
        if name not in seen:
            yield part_check(name, part)
    yield _clock(client.target.url)
    yield from _executors(client, health)


def part_check(name: str, part: views.PartHealth) -> Check:
    detail = _MIB.sub(lambda found: gib(int(found[1]) * 1024**2), part["detail"])
    if not part["ok"]:
        return Check(name, "FAIL", detail, MEND.get(name, "its log says more"))
    if name == "broker":
        return _broker(detail)
    if name == "disk":
        detail += " to the ledger"
    return Check(name, "ok", PLAIN.get(name, detail))


def _broker(detail: str) -> Check:
    if "AOF on" in detail and "noeviction" in detail:
        return Check("broker", "ok", f"{detail}: it keeps its queues")
    advice = "set appendonly yes and maxmemory-policy noeviction, so that it keeps its queues"
    return Check("broker", "warn", detail, advice)


def _version_advice(theirs: str) -> str:
    if theirs == ygg.__version__:
        return ""
    return f"this command is {ygg.__version__}: install the coordinator's version"


def _clock(address: str) -> Check:
    """The coordinator's Date header has whole seconds: only larger differences are told."""
    url = urlsplit(address)
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
        detail = f"{apart:.0f} s apart from the coordinator's"
        return Check("clock", "warn", detail, "let both follow a time server (NTP)")
    return Check("clock", "ok", "agrees with the coordinator's")


def _executors(client: Client, health: views.Health) -> Iterator[Check]:
    try:
        found = client.executors()
    except Denied as error:
        yield Check("token", "FAIL", error.message, "set YGG_TOKEN to a valid token")
        return
    yield Check("token", "ok", "accepted")
    yield from (_refused(view) for view in found if view["state"] == "refused")
    alive = [view for view in found if view["state"] == "alive"]
    if not alive:
        yield Check("executors", "FAIL", "none is alive: tasks wait", f"ygg executor, or {UP}")
        return
    yield Check("executors", "ok", f"alive: {', '.join(view['executor'] for view in alive)}")
    for view in found:
        if view["state"] == "silent":
            yield _silent(view)
    odd = sorted({view["version"] for view in alive} - {health["version"]})
    if odd:
        detail = f"some run {', '.join(odd)}, the coordinator {health['version']}"
        yield Check("versions", "warn", detail, "bring all to one version")


def _refused(view: views.ExecutorView) -> Check:
    why, _, mend = view["refused"].partition(": ")
    return Check("versions", "FAIL", f"{view['executor']} gets no tasks: {why}", mend)


def _silent(view: views.ExecutorView) -> Check:
    detail = f"{view['executor']} has gone silent; others take over its tasks"
    return Check("executors", "warn", detail, f"look at machine {view['machine']}")
