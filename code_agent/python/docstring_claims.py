"""What a docstring says of its code that can be looked up: that something comes back, which errors
are raised, and what is named as in code."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from code_agent.python.docstring_words import names_in, summary_of
from code_agent.python.functions import Function
from code_agent.python.offer import node_of
from code_agent.python.parameters import returns_something, yields_something
from code_agent.python.source import parsed
from code_agent.python.symbols import MODULE, Definition

_RETURNS = re.compile(
    r"(?:^|[.;:]\s+|\b(?:and|it|then|that|which|function|method)\s+|,\s+)returns?\s+(?:\w+ly\s+)?"
    r"(?:an?|the|its?|all|every|each|how|whether|what|which|true|false|one|new)\b",
    re.IGNORECASE,
)
"""`Return to the start` says nothing of what comes back."""
_RAISES = re.compile(
    r"(?P<not>\b(?:never|not|without|instead of|rather than|no longer)\s+)?"
    r"\b(?:raise[sd]?|raising|throws?)\b(?P<what>(?:(?!\.(?:\s|$)).)*)",
    re.IGNORECASE | re.DOTALL,
)
_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Iteration|Exit)\b")
_QUOTED = re.compile(r"(`{1,2})([^`\n]+)\1")
_NAME = re.compile(r"(?<![\w.-])[^\W\d]\w*(?:\.[^\W\d]\w*)*(?![\w-])\(?")
_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'")
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z+.-]*://|\bwww\.|\b[\w.+-]+@[\w-]+\.)[^\s<>`\"')\]]+", re.IGNORECASE
)
_PLAIN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LANGUAGE = frozenset(
    {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names}
    | {each for one in (str, bytes, list, dict, set, tuple, int, float) for each in dir(one)}
)
_BY_OPERATION: dict[str, tuple[type[BaseException], ...]] = {
    "Subscript": (LookupError,),
    **dict.fromkeys(("Div", "FloorDiv", "Mod", "Pow"), (ArithmeticError,)),
    "Assert": (AssertionError,),
}
_BY_CALL: dict[str, tuple[type[BaseException], ...]] = {
    **dict.fromkeys(("int", "float"), (ValueError, TypeError)),
    **dict.fromkeys(("max", "min", "index", "decode", "encode"), (ValueError,)),
    **dict.fromkeys(("pop", "remove"), (LookupError, ValueError)),
    **dict.fromkeys(("loads", "load", "strptime", "fromisoformat", "fromhex"), (ValueError,)),
    **dict.fromkeys(("open", "read_text", "read_bytes", "write_text", "write_bytes"), (OSError,)),
    **dict.fromkeys(("unlink", "mkdir", "stat", "iterdir", "rename", "connect"), (OSError,)),
    "wait_for": (TimeoutError,),
    "next": (StopIteration,),
}
_OF_MODULES = {
    **dict.fromkeys(("loads", "load"), "JSONDecodeError"),
    **dict.fromkeys(("run", "check_call", "check_output"), "CalledProcessError"),
}
"""What is no name of Python itself."""


def contradicted(source: str, name: str, docstring: str) -> Iterator[str]:
    """What the code shows to be wrong."""
    if _Code.of(source, name).gives_nothing and _RETURNS.search(summary_of(docstring)):
        yield "the summary says that something is returned, and nothing is"


def unfounded(source: str, name: str, docstring: str) -> Iterator[str]:
    """What the code does not show to be so."""
    code = _Code.of(source, name)
    for error in _errors(docstring):
        if not code.raises(error):
            yield f"it tells of {error}, and nothing here raises that"
    for quoted in _quoted(docstring):
        if not code.knows(quoted):
            yield f"`{quoted}` is nowhere in this file"
    known = " ".join(names_in(code.tree))
    for address in dict.fromkeys(_ADDRESS.findall(docstring)):
        if address.rstrip(".,;:!?") not in known:
            yield f"{address} is nowhere in this file"


def _errors(docstring: str) -> list[str]:
    found = [one for one in _RAISES.finditer(docstring) if not one["not"]]
    return list(dict.fromkeys(name for one in found for name in _ERROR.findall(one["what"])))


def _quoted(docstring: str) -> list[str]:
    """Names that are no words; of `sort_by(key)` both are looked at, of `"text"` nothing is."""
    texts = (_TEXT.sub(" ", one[2]) for one in _QUOTED.finditer(docstring))
    found = (one[0] for text in texts for one in _NAME.finditer(text))
    return list(dict.fromkeys(one.rstrip("(") for one in found if not _PLAIN.fullmatch(one)))


@dataclass(frozen=True)
class _Code:
    tree: ast.Module
    node: ast.Module | Definition

    @classmethod
    def of(cls, source: str, name: str) -> _Code:
        tree = parsed(source)
        return cls(tree, tree if name == MODULE else node_of(tree, name))

    @property
    def gives_nothing(self) -> bool:
        """A function that is left to others may say what these give."""
        node = self.node
        if not isinstance(node, Function) or _is_left_to_others(node):
            return False
        return not (returns_something(node) or yields_something(node))

    def raises(self, error: str) -> bool:
        """In it, or in what it calls in this file."""
        if any(error in self._kinds(raised) for raised in self._raised):
            return True
        if any(_OF_MODULES.get(_called(one)) == error for one in self._reached):
            return True
        known = getattr(builtins, error, None)
        return isinstance(known, type) and any(
            issubclass(known, one) or issubclass(one, known) for one in self._raised_by_python
        )

    def knows(self, name: str) -> bool:
        first, *others = name.split(".")
        if others and (first in self._imported or first in sys.stdlib_module_names):
            return True
        return {first, *others} <= self._identifiers | _LANGUAGE

    @cached_property
    def _identifiers(self) -> set[str]:
        return {word for each in names_in(self.tree) for word in re.findall(r"\w+", each)}

    @cached_property
    def _imported(self) -> set[str]:
        found = (one for one in ast.walk(self.tree) if isinstance(one, ast.Import | ast.ImportFrom))
        names = (alias.asname or alias.name for one in found for alias in one.names)
        return {name.partition(".")[0] for name in names}

    @cached_property
    def _defined(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = {}
        for one in ast.walk(self.tree):
            if isinstance(one, Definition):
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def _reached(self) -> list[ast.AST]:
        seen: dict[ast.AST, None] = {}
        waiting: list[ast.AST] = [self.node]
        while waiting:
            for one in ast.walk(waiting.pop()):
                if one not in seen:
                    seen[one] = None
                    waiting += self._defined.get(_called(one), ())
        return list(seen)

    @cached_property
    def _raised(self) -> set[str]:
        """With those that are caught: they may be raised again."""
        found = {_last_name(one.exc) for one in self._reached if isinstance(one, ast.Raise)}
        if not found <= {*self._defined, *vars(builtins)}:
            caught = (one.type for one in self._reached if isinstance(one, ast.ExceptHandler))
            found |= {_last_name(each) for one in caught for each in _parts(one)}
        return found

    @cached_property
    def _raised_by_python(self) -> set[type[BaseException]]:
        found = (_BY_OPERATION.get(type(one).__name__, ()) for one in self._reached)
        called = (_BY_CALL.get(_called(one), ()) for one in self._reached)
        return {one for by in (*found, *called) for one in by}

    def _kinds(self, raised: str) -> set[str]:
        """It and what it is made from."""
        known = getattr(builtins, raised, None)
        found = {one.__name__ for one in known.__mro__} if isinstance(known, type) else {raised}
        waiting = [raised]
        while waiting:
            for one in self._defined.get(waiting.pop(), ()):
                bases = one.bases if isinstance(one, ast.ClassDef) else ()
                waiting += [_last_name(base) for base in bases if _last_name(base) not in found]
                found |= {_last_name(base) for base in bases}
        return found


def _is_left_to_others(node: Function) -> bool:
    """Nothing but `pass` or `...`, or an error at its end."""
    texts = [one for one in node.body if isinstance(one, ast.Expr | ast.Pass)]
    is_empty = all(
        isinstance(one, ast.Pass) or isinstance(one.value, ast.Constant) for one in texts
    )
    return isinstance(node.body[-1], ast.Raise) or (is_empty and texts == node.body)


def _called(one: ast.AST) -> str:
    return _last_name(one.func) if isinstance(one, ast.Call) else ""


def _parts(one: ast.expr | None) -> list[ast.expr | None]:
    return [*one.elts] if isinstance(one, ast.Tuple) else [one]


def _last_name(one: ast.AST | None) -> str:
    """Of `raise errors.Failed("no")` what is raised."""
    if isinstance(one, ast.Call):
        one = one.func
    if isinstance(one, ast.Attribute):
        return one.attr
    return one.id if isinstance(one, ast.Name) else ""
