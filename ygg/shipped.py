"""What ships with our packages beside their code: playbooks, and what images are made of."""

from __future__ import annotations

from pathlib import Path

IN_A_WHEEL = "yggdrasil_fleet"
"""pyproject.toml puts it there: beside installed packages, `ansible` is Ansible's own."""


def shipped(name: str) -> Path:
    """A clone has it beside our packages, an installation in a folder of its own."""
    packages = Path(__file__).resolve().parents[1]
    installed = packages / IN_A_WHEEL / name
    return installed if installed.is_dir() else packages / name
