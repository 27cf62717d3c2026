"""Where a tool is found that must not be the project's own word."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def own_program(name: str) -> str | None:
    """Of this executor's environment, else of the machine; never one that the files bring along."""
    own = Path(sys.prefix, "bin", name)
    if os.access(own, os.X_OK):
        return str(own)
    return name if shutil.which(name) else None
