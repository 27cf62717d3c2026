"""Podman with a storage of its own, and an image made here of one static program."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import ServiceMissing

IMAGE = "localhost/ygg-sandbox-test:1"
APPLETS = (
    "sh",
    "id",
    "ls",
    "grep",
    "cat",
    "echo",
    "env",
    "sleep",
    "true",
    "touch",
    "rm",
    "tr",
    "wc",
)

_CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:20000", "nproc=1024:20000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@contextmanager
def storage(driver: str = "vfs") -> Iterator[dict[str, str]]:
    """The variables that make podman use a storage of its own, where the image lies. For large
    images vfs, which works anywhere, takes a copy for each layer: `overlay` does not."""
    # A short path: podman waits for ever for a socket whose name is too long.
    with tempfile.TemporaryDirectory(prefix="ygg-", dir="/tmp") as folder:
        variables = _prepare(Path(folder), driver)
        try:
            yield variables
        finally:
            subprocess.run(
                ["podman", "rm", "--all", "--force"],
                env=os.environ | variables,
                check=False,
                capture_output=True,
                timeout=60,
            )
            subprocess.run(["umount", f"{folder}/graph/overlay"], check=False, capture_output=True)


def _prepare(folder: Path, driver: str) -> dict[str, str]:
    busybox = shutil.which("busybox")
    if not (shutil.which("podman") and shutil.which("runc") and busybox):
        raise ServiceMissing("podman, runc or busybox is not installed: run sudo scripts/debian")
    (folder / "containers.conf").write_text(_CONTAINERS_CONF)
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "{driver}"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/graph"\n'
    )
    variables = {
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
    }
    subprocess.run(
        ["podman", "import", "-", IMAGE],
        input=root(),
        env=os.environ | variables,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return variables


def root() -> bytes:
    """The files of the image, as a tar file."""
    busybox = shutil.which("busybox")
    assert busybox
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name in ("bin", "usr", "tmp", "proc", "dev", "etc", "sys"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        program = tarfile.TarInfo("bin/busybox")
        program.mode, program.size = 0o755, Path(busybox).stat().st_size
        with Path(busybox).open("rb") as source:
            tar.addfile(program, source)
        for name in APPLETS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return target.getvalue()
