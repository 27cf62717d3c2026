"""What `ygg apply` was asked."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Asked(NamedTuple):
    folder: Path
    dry_run: bool
    yes: bool
    """Apply it even if nothing vouches for it."""
    as_json: bool
