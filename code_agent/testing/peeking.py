"""Tests that look at how the target is written, and not at what it does."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator

from code_agent.python.functions import dotted
from code_agent.python.imported import Imported
from code_agent.testing.subject import Target

_READERS = (
    *("inspect.", "dis.", "linecache.", "tokenize.", "pkgutil.", "pydoc.", "symtable."),
    *("importlib.resources.", "importlib.util.", "typing.get_type_hints"),
    *("marshal.", "gc.", "sys.getsizeof"),
)
_OF_VALUES = "inspect.is"
"""`inspect.isgenerator(…)` is about what a call gave."""
_OF_CODE = frozenset(("__code__", "__closure__", "__globals__", "__file__", "__spec__"))
_OF_TARGET = frozenset(
    {
        *("__defaults__", "__kwdefaults__", "__annotations__", "__doc__", "__name__"),
        *("__qualname__", "__signature__", "__text_signature__", "__module__", "__dict__"),
        "__type_params__",
    }
)


def peeked(tree: ast.Module, target: Target) -> str:
    """What it looks at: text, code objects, or the signature of the target."""
    return next(_Looking(target).peeks(tree), "")


class _Looking:
    def __init__(self, target: Target) -> None:
        subject = target.subject
        module = subject.module.rpartition(".")[2]
        self._names = {module, target.imported, target.name.rpartition(".")[2]}
        own = Imported(subject.tree)
        self._texts = {one.value for one in ast.walk(subject.tree) if isinstance(one, ast.Constant)}
        used = {one.partition(".")[0] for one in (*own.modules, *own.sources)}
        # What code does with them may have to be asserted with them.
        self._readers = tuple(one for one in _READERS if one.partition(".")[0] not in used)

    def peeks(self, tree: ast.Module) -> Iterator[str]:
        imported = Imported(tree)
        for node in ast.walk(tree):
            match node:
                case ast.Name() | ast.Attribute():
                    if self._reads(name := imported.name_of(node)):
                        yield name
                    if isinstance(node, ast.Attribute) and self._is_own(node.attr, node.value):
                        yield node.attr
                case ast.Constant(value=str() as text) if text not in self._texts:
                    yield from (one for one in text.split(".") if _is_of_code(one))
                case ast.Call(
                    func=ast.Name(id="getattr"), args=[ast.Name() as owner, name, *_]
                ) if owner.id in self._names and not isinstance(name, ast.Constant):
                    yield ast.unparse(node)
                case ast.Call(
                    func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name), *_]
                ) if self._is_own(name, owner):
                    yield name

    def _reads(self, name: str) -> bool:
        is_reader = "." in name and f"{name}.".startswith(self._readers)
        return is_reader and not name.startswith(_OF_VALUES)

    def _is_own(self, name: str, owner: ast.expr) -> bool:
        if _is_of_code(name):
            return True
        return name in _OF_TARGET and dotted(owner).rpartition(".")[2] in self._names


def _is_of_code(name: str) -> bool:
    return name in _OF_CODE or (name.startswith("co_") and hasattr(types.CodeType, name))
