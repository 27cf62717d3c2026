"""Values and errors as JSON: the same for the same, wherever and whenever they were made."""

from __future__ import annotations

import collections
import dis
import enum
import functools
import hashlib
import inspect
import io
import json
import os
import re
import tempfile
import types
from collections.abc import Callable
from typing import Any

BASE = f"{tempfile.gettempdir()}/ygg-characterize-{os.getpid()}"
"""The folder that calls run in: its name means nothing."""
MOST_PARTS = 20_000
"""Of one record; what holds more is cut off, and not compared."""
MOST_ITEMS = 200
"""Of what comes one after the other, and may have no end."""
DEEPEST = 60
TEXT_LENGTH = 2000
BIG = 2**200
OWN: set[str] = set()
"""Modules of whose objects private attributes are told, too."""
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
_ORDERED = (list, tuple, collections.deque)
_UNORDERED = (set, frozenset)
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


class Canonical:
    """`taken` holds what came of an iterator, which it was the first to see; `functions` those that
    are in the value."""

    taken: list[Any] | None = None

    def __init__(self, functions: list[Callable[..., Any]] | None = None) -> None:
        self.functions = [] if functions is None else functions
        self._left = MOST_PARTS
        self._open: list[int] = []
        self.cut = False

    def of(self, value: Any) -> Any:
        if type(value) is Came:
            self.functions += value.functions
            return value.found
        self._left -= 1
        if self._left < 0 or len(self._open) > DEEPEST:
            self.cut = True
            return {"cut": type(value).__qualname__}
        if id(value) in self._open:
            return {"around": len(self._open) - self._open.index(id(value))}
        if value is None or type(value) in (bool, float):
            return value
        if type(value) is int:
            return value if abs(value) < BIG else {"int": hex(value)}
        if type(value) is str:
            return text_of(value)
        self._open.append(id(value))
        try:
            return self._whole(value)
        finally:
            self._open.pop()

    def _whole(self, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, enum.Enum):
            return {"text": f"{kind.__qualname__}.{value.name}"}
        if isinstance(value, bytes | bytearray):
            return {kind.__name__: text_of(bytes(value).hex())}
        if isinstance(value, list | tuple | collections.deque):
            return _called([self.of(one) for one in value], kind, _ORDERED)
        if isinstance(value, set | frozenset):
            return _called(sorted((self.of(one) for one in value), key=as_json), kind, _UNORDERED)
        if isinstance(value, dict):
            pairs = [[self.of(key), self.of(one)] for key, one in value.items()]
            return _called(pairs, kind, (dict,))
        if kind in _VIEWS:
            return {kind.__name__: [self.of(one) for one in value]}
        if isinstance(value, BaseException):
            return {"error": kind.__qualname__, "args": [self.of(one) for one in value.args]}
        if isinstance(value, io.StringIO | io.BytesIO):
            return {"text": kind.__name__, "is": self.of(value.getvalue())}
        if hasattr(value, "__next__"):
            return self._items(value)
        if isinstance(value, type):
            return {"class": value.__qualname__}
        if isinstance(value, types.ModuleType):
            return {"module": value.__name__}
        if callable(value) and (isinstance(value, _FUNCTIONS) or not hasattr(value, "__dict__")):
            self.functions.append(value)
            return {"function": None}
        return self._object(value)

    def _items(self, value: Any) -> Any:
        """Until it ends, raises, or has given enough."""
        found: list[Any] = []
        for _ in range(MOST_ITEMS):
            try:
                one = next(value)
                if self.taken is not None and len(self._open) == 1:
                    self.taken.append(one)
                found.append(self.of(one))
            except StopIteration:
                return {"iterator": found}
            except Exception as error:  # noqa: BLE001  it is what the code does
                return {"iterator": found, "then": raised(error)}
        return {"iterator": found, "then": "more"}

    def _object(self, value: Any) -> Any:
        """By what others can see of it."""
        names = set(getattr(value, "__dict__", ()))
        for each in type(value).__mro__:
            slots = each.__dict__.get("__slots__", ())
            slots = [slots] if isinstance(slots, str) else slots
            names.update(_mangled(one, each.__name__) for one in slots)
        names -= _cached(type(value))
        shown = [name for name in sorted(map(str, names)) if not name.startswith("_")]
        has = [[name, self.of(getattr(value, name))] for name in shown if hasattr(value, name)]
        found: dict[str, Any] = {"object": type(value).__qualname__, "has": has}
        is_own = getattr(type(value), "__repr__", None) is not object.__repr__
        if is_own and not has and not isinstance(value, types.SimpleNamespace):
            found["is"] = text_of(without_addresses(repr(value)))
        if type(value).__module__ in OWN:
            hidden = [name for name in sorted(map(str, names)) if _is_hidden(name)]
            hides = [[name, self._hidden(value, name)] for name in hidden]
            found |= {"hides": hides} if hides else {}
        return found

    def _hidden(self, value: Any, name: str) -> Any:
        missing = object()
        one = inspect.getattr_static(value, name, missing)
        if isinstance(one, types.MemberDescriptorType):  # of a slot
            one = getattr(value, name, missing)
        return {"unset": None} if one is missing else self.of(one)


class Came:
    """What was taken already, one after the other."""

    def __init__(self, value: Any) -> None:
        self.values: list[Any] = []
        found = Canonical()
        found.taken = self.values
        self.found = found.of(value)
        self.functions = found.functions


def canonical(value: Any) -> Any:
    return Canonical().of(value)


def seen(value: Any) -> Any:
    return seen_whole(value)[0]


def seen_whole(value: Any) -> tuple[Any, Canonical]:
    """And what was found on the way."""
    found = Canonical()
    try:
        return found.of(value), found
    except Exception as error:  # noqa: BLE001  a property may do anything
        return raised(error), found


def _called(parts: list[Any], kind: type, known: tuple[type, ...]) -> dict[str, Any]:
    if kind in known:
        return {kind.__name__: parts}
    name = next(one.__name__ for one in known if issubclass(kind, one))
    return {name: parts, "class": kind.__qualname__}


def _cached(kind: type) -> set[str]:
    """Properties that are kept once they were asked for: whether they were is no matter."""
    return {
        name
        for each in kind.__mro__
        for name, one in vars(each).items()
        if isinstance(one, functools.cached_property)
    }


def _mangled(slot: str, owner: str) -> str:
    is_own = slot.startswith("__") and not slot.endswith("__")
    return f"_{owner.lstrip('_')}{slot}" if is_own else slot


def _is_hidden(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def without_addresses(text: str) -> str:
    return _ADDRESS.sub("", text)


def text_of(value: str) -> Any:
    value = value.replace(BASE, "/given") if BASE in value else value
    if len(value) <= TEXT_LENGTH:
        return value
    digest = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()
    return {"long": value[:100], "length": len(value), "sha256": digest}


def as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def raised(error: BaseException) -> dict[str, Any]:
    """What an error of the interpreter says may be said otherwise by code that means the same."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ != "builtins" else kind.__name__
    return {"raised": name, "args": canonical(error.args), "meant": _is_meant(error)}


def _is_meant(error: BaseException) -> bool:
    """Whether a statement raised it."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return False
    code = last.tb_frame.f_code.co_code
    return dis.opname[code[last.tb_lasti]] == "RAISE_VARARGS"
