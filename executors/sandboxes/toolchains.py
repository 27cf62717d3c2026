"""What a confined command must see, besides the system, to run the programs on PATH.

Much of it lies in somebody's home, which the sandbox hides: so the folder of each toolchain is
shown, and no more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_MARKS = (
    ("pyvenv.cfg",),
    ("bin/python3", "lib/python3*/os.py"),
    ("bin/node", "lib/node_modules"),
    ("bin/go", "VERSION"),
    ("bin/java", "release"),
    ("shims", "versions"),
)
"""What tells the folder above a `bin` for a toolchain's: it may as well be somebody's project, with
passwords in it."""
_VARIABLES = ("RUSTUP_HOME", "PYENV_ROOT", "JAVA_HOME", "GOROOT", "NVM_DIR")
"""Where toolchains are told to look for themselves."""


def path(environ: Mapping[str, str]) -> str:
    """PATH, and last the programs that came with this executor's own packages."""
    own = str(Path(sys.prefix, "bin"))
    given = environ.get("PATH", os.defpath)
    return given if own in given.split(":") else f"{given}:{own}"


def shown(environ: Mapping[str, str]) -> list[str]:
    """The folders, each once, in a steady order."""
    home = Path(environ.get("HOME", "/nonexistent"))
    found = [folder for one in _on_path(environ) for folder in _toolchain(one, home)]
    found += [sys.prefix, sys.base_prefix]
    found += variables(environ).values()
    return _outermost(os.path.realpath("/usr"), dict.fromkeys(found))


def _outermost(system: str, folders: Iterable[str]) -> list[str]:
    """Those that lie neither in the system's nor in another of them."""
    return [
        one
        for one in folders
        if not Path(os.path.realpath(one)).is_relative_to(system)
        and not any(Path(one).is_relative_to(other) for other in folders if other != one)
    ]


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """HOME is another one inside, so a toolchain cannot guess where it is."""
    found = {name: environ[name] for name in _VARIABLES if environ.get(name)}
    rustup = Path(environ.get("HOME", "/nonexistent"), ".rustup")
    if "RUSTUP_HOME" not in found and rustup.is_dir():
        found["RUSTUP_HOME"] = str(rustup)
    return found


def _on_path(environ: Mapping[str, str]) -> list[str]:
    return [one for one in environ.get("PATH", "").split(":") if os.path.isabs(one)]  # noqa: PTH117


def _toolchain(folder: str, home: Path) -> Iterator[str]:
    yield folder
    above = Path(folder).parent
    whole = any(all(any(above.glob(one)) for one in marks) for marks in _MARKS)
    if whole and above not in (Path("/"), home):
        yield str(above)
