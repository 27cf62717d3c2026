"""Which of a server's models is meant."""

from __future__ import annotations

from collections.abc import Iterable

from ygg.errors import BadInput, UnknownModel

MOST_NAMED = 20


def unknown(name: str, known: Iterable[str], where: str) -> UnknownModel:
    names = sorted(known)
    return UnknownModel(
        f"there is no model {name!r} at {where}",
        field="model",
        allowed=names,
        hint=f"there are: {_listed(names)}" if names else "it has no models at all",
    )


def only_one(known: Iterable[str], where: str) -> str:
    """The model where none was named."""
    names = sorted(known)
    if len(names) == 1:
        return names[0]
    raise BadInput(
        f"no model was named, and {where} has {len(names)}",
        field="models.model",
        allowed=names,
        hint=f"set models.model, or name one: {_listed(names)}",
    )


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
