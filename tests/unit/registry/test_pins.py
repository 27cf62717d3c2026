"""Lock files for every platform become one list for one."""

from __future__ import annotations

import pytest

from registry.families import FAMILIES
from registry.making.pins import WheelPlatform, merged
from registry.making.source import own_folder

PLATFORM = WheelPlatform("x86_64")
ONE = """\
# Made by scripts/lock from pyproject.toml; do not edit.
redis==8.1.0 \\
    --hash=sha256:bb \\
    --hash=sha256:aa
    # via
    #   celery
async-timeout==5.0.1 ; python_full_version < '3.11.3' \\
    --hash=sha256:cc
    # via redis
click==8.5.1 \\
    --hash=sha256:dd
tzdata==2026.1 ; sys_platform == 'win32' \\
    --hash=sha256:ee
cffi==2.1.1 ; platform_python_implementation != 'PyPy' and python_version >= '3.13' \\
    --hash=sha256:ff
"""
TWO = """\
click==8.5.1 \\
    --hash=sha256:dd
anyio==4.16.0 \\
    --hash=sha256:11
"""


def test_what_holds_on_the_platform_stands_there_once() -> None:
    assert merged([ONE, TWO], PLATFORM) == (
        "anyio==4.16.0 \\\n    --hash=sha256:11\n"
        "cffi==2.1.1 \\\n    --hash=sha256:ff\n"
        "click==8.5.1 \\\n    --hash=sha256:dd\n"
        "redis==8.1.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:aa\n"
    )


@pytest.mark.parametrize("name", [name for name, one in FAMILIES.items() if one.extras])
def test_every_pin_of_a_family_has_hashes(name: str) -> None:
    folder = own_folder() / "requirements"
    locks = [(folder / f"{extra}.txt").read_text() for extra in FAMILIES[name].extras]
    found = merged(locks, PLATFORM)
    pins = [line for line in found.splitlines() if not line.startswith(" ")]
    assert len(pins) > 5
    assert all(line.endswith(" \\") and "==" in line and ";" not in line for line in pins)
    names = [line.partition("==")[0] for line in pins]
    assert len(names) == len(set(names))


def test_wheels_of_newer_systems_come_first() -> None:
    tags = WheelPlatform("aarch64").tags
    assert tags[0] == "manylinux_2_41_aarch64"
    assert tags[-2:] == ["manylinux2014_aarch64", "linux_aarch64"]
