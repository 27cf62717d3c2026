"""How signatures differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from code_agent.python.signatures import (
    Signature,
    Taken,
    all_signatures,
    public_signatures,
)
from ygg.errors import BadInput

_CALLED_OTHERWISE = frozenset(
    {
        "abstractmethod",
        "asynccontextmanager",
        "cached_property",
        "classmethod",
        "contextmanager",
        "dataclass",
        "property",
        "staticmethod",
    }
)
"""To be decorated with these makes another thing of it for whoever uses it."""
_POSITIONAL = ("positional-only", "positional or keyword")
_PARAMETER = "parameter"


@dataclass(frozen=True)
class _Difference:
    what: str
    was: str
    """Empty where there was none, as `now` is where there is none."""
    now: str
    binds: bool = False
    """To have it where there was none is another signature for those who call it, too."""


def changes(before: str, after: str) -> list[str]:
    """What of the public names of one source is not as it was in the other."""
    old, new = public_signatures(before), public_signatures(after)
    found = [f"removed: {name}" for name in _outermost(old, new)]
    for name, one in old.items():
        if name in new:
            found += [f"{name}: {_changed(each)}" for each in _differences(one, new[name])]
    return found + [f"added: {name}" for name in _outermost(new, old)]


def matches(source: str, signature: str) -> list[str]:
    """What of a wished signature (`def add(a: int) -> int:`, or a class of such) is not kept.

    Types, decorators and bases that the wish does not name are free.
    """
    wished, found = _wished(signature), all_signatures(source)
    missing = [f"{name} is missing" for name in _outermost(wished, found)]
    return missing + [
        f"{name}: {_unlike(each)}"
        for name, one in wished.items()
        if name in found
        for each in _differences(one, found[name])
        if each.was or each.binds
    ]


def _wished(text: str) -> Mapping[str, Signature]:
    bare = text.strip()
    body = bare if bare.endswith(":") else f"{bare}:"
    for attempt in (bare, f"{body} ...", f"def {body} ..."):
        try:
            found = all_signatures(attempt)
        except SyntaxError:
            continue
        if any(one.kind not in ("value", "import") for one in found.values()):
            return found
    raise BadInput(
        "the signature is none",
        field="signature",
        hint="one as in Python: def add(a: int, b: int) -> int",
    )


def _changed(one: _Difference) -> str:
    if one.was and one.now:
        return f"{one.what} changed from {one.was} to {one.now}"
    return f"{one.what} {one.now} was added" if one.now else f"{one.what} {one.was} was removed"


def _unlike(one: _Difference) -> str:
    if one.was and one.now:
        return f"{one.what} is {one.now}, not {one.was}"
    return f"{one.what} {one.now} is too much" if one.now else f"{one.what} {one.was} is missing"


def _outermost(names: Mapping[str, Signature], others: Mapping[str, Signature]) -> list[str]:
    """Those that the others lack, but for what is in one of them."""
    lacking = [name for name in names if name not in others]
    return [name for name in lacking if name.rpartition(".")[0] not in lacking]


def _differences(was: Signature, now: Signature) -> Iterator[_Difference]:
    if was.kind != now.kind:
        yield _Difference("kind", was.kind, now.kind)
        return
    yield from _of_decorators(was.decorators, now.decorators)
    if was.bases != now.bases:
        yield _Difference("bases", ", ".join(was.bases), ", ".join(now.bases))
    if (order := _order(was.fields, now.fields)) is not None:
        yield _Difference("order of fields", *order)
    yield from _of_parameters(was.parameters, now.parameters)
    if was.annotation != now.annotation:
        what = "type" if was.kind == "value" else "type of its result"
        yield _Difference(what, was.annotation, now.annotation)
    if was.kind == "value" and was.value != now.value and was.value and now.value:
        yield _Difference("value", was.value, now.value)


def _of_decorators(was: Sequence[str], now: Sequence[str]) -> Iterator[_Difference]:
    """One that was added mostly leaves the way of calling alone, as a cache does."""
    for one in was:
        if one not in now:
            yield _Difference("decorator", f"@{one}", "")
    for one in now:
        if one not in was and one.partition("(")[0].rpartition(".")[2] in _CALLED_OTHERWISE:
            yield _Difference("decorator", "", f"@{one}", binds=True)


def _of_parameters(was: Sequence[Taken], now: Sequence[Taken]) -> Iterator[_Difference]:
    old, new = {one.name: one for one in was}, {one.name: one for one in now}
    for name in old:
        if name not in new:
            yield _Difference(_PARAMETER, name, "")
    for name, one in new.items():
        if name not in old:
            yield _Difference(_PARAMETER, "", name, binds=True)
        else:
            yield from _of_parameter(old[name], one)
    if (order := _order(_positional(was), _positional(now))) is not None:
        yield _Difference("order of parameters", *order)


def _of_parameter(was: Taken, now: Taken) -> Iterator[_Difference]:
    if was.way != now.way:
        yield _Difference(f"kind of {was.name}", was.way, now.way)
    if was.annotation != now.annotation:
        yield _Difference(f"type of {was.name}", was.annotation, now.annotation)
    if was.default != now.default:
        yield _Difference(f"default of {was.name}", was.default, now.default, binds=True)


def _positional(found: Sequence[Taken]) -> list[str]:
    return [one.name for one in found if one.way in _POSITIONAL]


def _order(was: Sequence[str], now: Sequence[str]) -> tuple[str, str] | None:
    """The order of those that both have, where it is another."""
    old = [name for name in was if name in now]
    new = [name for name in now if name in was]
    return None if old == new else (", ".join(old), ", ".join(new))
