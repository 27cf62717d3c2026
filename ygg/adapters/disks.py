"""File systems, as `df` tells them."""

from __future__ import annotations

from dataclasses import dataclass

PSEUDO = frozenset(
    {"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts"}
    | {"devtmpfs", "efivarfs", "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "proc"}
    | {"pstore", "ramfs", "rpc_pipefs", "securityfs", "squashfs", "sysfs", "tmpfs", "tracefs"}
    | {"udf"}
)
"""Kinds that hold nothing of a person's, or are always full."""


@dataclass(frozen=True)
class Disk:
    mount: str
    device: str
    kind: str
    size_bytes: int
    used_bytes: int
    available_bytes: int
    """To an ordinary user; some is kept for root."""
    files: int
    """Inodes there are; 0 where the file system does not count them."""
    files_used: int

    @property
    def used_percent(self) -> float:
        """Of what an ordinary user may have, as df counts it."""
        return _percent(self.used_bytes, self.used_bytes + self.available_bytes)

    @property
    def files_used_percent(self) -> float:
        return _percent(self.files_used, self.files)


def read_disks(text: str) -> list[Disk]:
    """From df's columns source, fstype, size, used, avail, itotal, iused and target.

    Without pseudo file systems, and each device once: under its shortest name of those it is
    mounted at.
    """
    disks: dict[str, Disk] = {}
    for line in text.splitlines()[1:]:
        columns = line.split(maxsplit=7)
        if len(columns) < 8:
            continue
        device, kind, *numbers, mount = columns
        size, used, available, files, files_used = map(_number, numbers)
        one = Disk(mount, device, kind, size, used, available, files, files_used)
        if kind in PSEUDO or not size:
            continue
        known = disks.get(device)
        # Overlays are all called `overlay`, and each is one of its own.
        if known is None or len(mount) < len(known.mount) or kind == "overlay":
            disks[mount if kind == "overlay" else device] = one
    return sorted(disks.values(), key=lambda disk: disk.mount)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
