"""Sizes as a person reads them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count_bytes: float) -> str:
    """In steps of a thousand, as disks are sold: `12.4 MB`."""
    for unit in _UNITS:
        if count_bytes < 999.5 or unit == _UNITS[-1]:
            break
        count_bytes /= 1000
    digits = 0 if unit == "B" or count_bytes >= 99.95 else 1
    return f"{count_bytes:.{digits}f} {unit}"
