"""Sizes, and who signed what, as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ygg.cli.output import plain
from ygg.cli.times import when

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.names import ImageName
    from registry.signatures.attachments import Verified
    from registry.signatures.signing import Signed

SHORT = len("sha256:") + 12
"""Digits of a digest that a person compares."""
_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count_bytes: float) -> str:
    """In steps of a thousand, as disks are sold: `12.4 MB`."""
    for unit in _UNITS:
        if count_bytes < 999.5 or unit == _UNITS[-1]:
            break
        count_bytes /= 1000
    digits = 0 if unit == "B" or count_bytes >= 99.95 else 1
    return f"{count_bytes:.{digits}f} {unit}"


def signed_by(found: Verified, name: ImageName) -> str:
    signature = found.by_name(name)
    others = f"; {found.foreign} by others or for other images" if found.foreign else ""
    if signature is None:
        return f"not by the fleet's key{others}"
    at = f", {when(signature.at)}" if signature.at else ""
    return f"by {plain(signature.creator)}{at}{others}"


def signed_as(signers: Mapping[str, Signed | None]) -> str:
    """Whether the fleet signed it under each of its names."""
    without = [tag for tag, signature in signers.items() if signature is None]
    if len(without) in (0, len(signers)):
        return "no" if without else "yes"
    return f"not as {plain(' '.join(without))}"
