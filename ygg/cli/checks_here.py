"""What `ygg doctor` looks at on this machine: settings, data folder, disk, what `ygg up` runs."""

from __future__ import annotations

import http.client
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ygg.cli.check import Check, gib
from ygg.embedded import state
from ygg.settings import Settings
from ygg.target import DATA_DIR_HINT, config_file

TIMEOUT_SECONDS = 5.0
LOW_BYTES, TOO_LOW_BYTES = 1024**3, 200 * 1024**2


def check_here(settings: Settings) -> Iterator[Check]:
    file = config_file()
    told = f"from {file} and the environment" if file else "from the environment; no ygg.toml"
    yield Check("settings", "ok", told)
    yield (folder := _folder(settings.data_dir))
    yield _disk(settings.data_dir)
    if folder.verdict == "ok":
        yield from _embedded(settings.data_dir)


def check_flower(settings: Settings) -> Iterator[Check]:
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
        advice = f"tasks run without it; its log: {settings.data_dir / 'logs/flower.log'}"
        yield Check("flower", "warn", detail, advice)
        return
    finally:
        connection.close()
    if status in (401, 403):
        yield Check("flower", "ok", f"{embedded.flower_url} asks for a password, as it should")
    else:
        detail = f"{embedded.flower_url} lets anybody in"
        yield Check("flower", "FAIL", detail, "ygg down, then ygg up --detach")


def _folder(folder: Path) -> Check:
    if folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check("data folder", "ok", str(folder))
    if folder.is_dir():
        return Check("data folder", "FAIL", f"{folder} is not yours to write", DATA_DIR_HINT)
    if folder.exists() or any(up.exists() and not up.is_dir() for up in folder.parents):
        return Check("data folder", "FAIL", f"{folder} is no folder", DATA_DIR_HINT)
    return Check("data folder", "ok", f"{folder}, made when it is needed")


def _disk(folder: Path) -> Check:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{gib(free)} free at {folder}"
    if free < TOO_LOW_BYTES:
        advice = "free some: on a full disk the ledger refuses new tasks"
        return Check("disk here", "FAIL", detail, advice)
    if free < LOW_BYTES:
        return Check("disk here", "warn", detail, "free some before the ledger must refuse tasks")
    return Check("disk here", "ok", detail)


def _embedded(folder: Path) -> Iterator[Check]:
    pid, found = state.holder(folder), state.read(folder)
    if pid is None:
        if found is not None:
            detail = "`ygg up` was killed here and left its work behind"
            yield Check("embedded", "warn", detail, "ygg up --detach goes on with it")
        return
    yield Check("embedded", "ok", f"`ygg up` runs a fleet here, process {pid}")
    for name, part in found.parts.items() if found else ():
        yield from _watched(name, part)


def _watched(name: str, part: state.PartState) -> Iterator[Check]:
    if part.pid is None:
        detail = "died and is being restarted"
        advice = f"look again in a few seconds: ygg doctor; why it died: {part.log}"
        yield Check(name, "FAIL", detail, advice)
    elif part.restarts:
        died = "once" if part.restarts == 1 else f"{part.restarts} times"
        detail = f"runs again, after it died {died}"
        yield Check(name, "warn", detail, f"nothing, unless it goes on; why it died: {part.log}")
