"""Gives what podman built its labels, its time and its name, and takes out what podman made up.

The format of Docker, the one with a health check, has the id of a container and its random name in
it: with them no two builds would be the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from registry.documents import Table
from registry.making.scratch import scratch
from registry.manifests import digest_of
from registry.names import ImageName
from ygg.adapters import podman, podman_run

MANIFEST = "manifest.json"
_MADE_UP = ("container", "container_config")


@dataclass(frozen=True)
class Finish:
    labels: Mapping[str, str]
    at: int
    """The time of the image, in seconds since 1970."""


def finish(built: ImageName, name: ImageName, how: Finish, cache: Path) -> None:
    """Layers are not touched: podman has them already, and sees it."""
    what = f"cannot finish {name}"
    with scratch(cache) as around:
        folder = around / "image"
        podman_run.output(podman.save_folder(str(built), folder), what)
        rewrite(folder, how)
        image_id = podman_run.output(podman.load_folder(folder), what).strip()
        podman_run.output(podman.tag(image_id, str(name)), what)


def rewrite(folder: Path, how: Finish) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    before = folder / _file(manifest["config"]["digest"])
    config = _text(finished(json.loads(before.read_text()), how))
    digest = digest_of(config)
    manifest["config"] |= {"digest": digest, "size": len(config)}
    before.unlink()
    (folder / _file(digest)).write_bytes(config)
    (folder / MANIFEST).write_bytes(_text(manifest))


def finished(config: Table, how: Finish) -> Table:
    found = {key: value for key, value in config.items() if key not in _MADE_UP}
    inner = found.get("config")
    inside: Table = dict(inner) if isinstance(inner, dict) else {}
    there = inside.get("Labels")
    labels: Table = dict(there) if isinstance(there, dict) else {}
    inside |= {"Hostname": "", "Labels": {**labels, **how.labels}}
    created = datetime.fromtimestamp(how.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**found, "created": created, "config": inside}


def _text(value: Table) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _file(digest: str) -> str:
    return digest.removeprefix("sha256:")
