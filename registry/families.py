"""What each image is made of. How, stands in the containerfile of its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    name: str
    title: str
    on: str | None = "base"
    """The family it stands on."""
    extras: tuple[str, ...] = ()
    """Those of our package whose requirements it adds."""
    packages: tuple[str, ...] = ()
    """What it holds of our own."""
    runs: bool = True
    """Else it holds wheels and nothing to run them with: it stands on no base."""

    @property
    def has_our_code(self) -> bool:
        return bool(self.packages)


_ALL = (
    Family("base", "Yggdrasil: what its images stand on", on=None),
    Family(
        "executor",
        "Yggdrasil executor",
        extras=("executor", "ops", "power", "plan"),
        packages=("ygg", "executors"),
    ),
    Family(
        "coordinator",
        "Yggdrasil coordinator",
        extras=("coordinator", "postgres", "registry"),
        packages=("ygg", "registry", "coordinator"),
    ),
    Family(
        "code-agent",
        "Yggdrasil code agent",
        on="executor",
        extras=("code",),
        packages=("ygg", "executors", "code_agent"),
    ),
    Family(
        "flower",
        "Yggdrasil queue browser",
        extras=("coordinator", "flower"),
        packages=("ygg", "coordinator"),
    ),
    Family("valkey", "Yggdrasil broker: Valkey"),
    Family("inference", "Yggdrasil language model server", extras=("model",), packages=("ygg",)),
    Family(
        "wheelhouse",
        "Yggdrasil executor, for machines without containers",
        on=None,
        extras=("executor", "ops", "power", "plan"),
        packages=("ygg", "executors"),
        runs=False,
    ),
    Family(
        "registry",
        "Yggdrasil image registry: CNCF distribution",
        extras=("registry",),
        packages=("ygg", "registry"),
    ),
)
FAMILIES = {one.name: one for one in _ALL}


def line_of(name: str) -> list[Family]:
    """What an image stands on, from the ground up, and itself."""
    family = FAMILIES[name]
    return [*(line_of(family.on) if family.on else ()), family]


def in_order(names: Iterable[str]) -> list[Family]:
    """Each once, what others stand on first."""
    wanted = set(names)
    return [family for name, family in FAMILIES.items() if name in wanted]
