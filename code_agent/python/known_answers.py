"""Code whose every answer is a literal of its tests: it computes nothing.

What chooses among the answers makes no difference: branches, a table, a loop over pairs, an index.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from code_agent.python.expectations import expectations
from code_agent.python.functions import Function, functions_of, is_text
from code_agent.python.source import parsed

_ORDINARY = frozenset(("0", "1", "''", "True", "False", "None"))
_LOOKS_UP = ("get", "items", "keys", "values", "copy", "index")
_SAME = ("dict", "zip", "enumerate", "next", "iter", "tuple", "list", "int", "float", "str", "abs")
_OWN = 2
"""So many values that no test has are knowledge of what was asked for."""
_MOST_NAMED = 3


@dataclass(frozen=True)
class KnownAnswers:
    says: str
    certain: bool
    """It asks for what tests give, too, and not just where it begins."""


def known_answers(
    code: str, tests: str, given: str, names: Collection[str] = ()
) -> KnownAnswers | None:
    """Of the functions that are named, or of all; values in the words that were `given` are no
    secret of the tests."""
    tree = parsed(code)
    material = _Material.of(tests, given)
    for name, function in functions_of(tree):
        is_meant = not names or name.partition(".")[0] in names
        if is_meant and _is_given_something(function):
            reading = _Reading(tree, function)
            if (answers := reading.answers()) is not None:
                found = _judged(name, function, (answers, reading.known(answers)), material)
                if found is not None:
                    return found
    return None


@dataclass(frozen=True)
class _Material:
    asked: frozenset[str]
    """What tests give."""
    wanted: frozenset[str]
    there: frozenset[str]
    """All that stands in them."""
    given: str

    @classmethod
    def of(cls, tests: str, given: str) -> _Material:
        every = expectations(tests)
        there = frozenset(_constants(parsed(tests)))
        asked = [part for one in every for word in one.arguments for part in _parts(word)]
        wanted = [part for one in every for part in _parts(one.value)]
        return cls(frozenset(asked), frozenset(wanted) or there, there, given)


def _judged(
    name: str, function: Function, found: tuple[set[str], set[str]], material: _Material
) -> KnownAnswers | None:
    answers, every = found
    known = {one for one in every if not _is_ordinary(one, material.given)}
    telling = sorted(answers & known & material.wanted)
    if not telling or len(known - material.there) >= _OWN:
        return None
    choosers = (known & material.asked) - set(telling)
    if not choosers and all(one.startswith(("'", '"')) for one in telling):
        return None
    says = f"{name} computes nothing: all it gives back stands in the tests: {_listed(telling)}"
    return KnownAnswers(says, bool(choosers) and not _is_ordering(function))


def _is_given_something(function: Function) -> bool:
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return bool(arguments.vararg or arguments.kwarg or set(names) - {"self", "cls"})


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else ""
    return ", ".join(words[:_MOST_NAMED]) + more


def _is_ordinary(word: str, given: str) -> bool:
    bare = word.strip("'\"")
    if word in _ORDINARY or not bare.strip():
        return True
    return re.search(rf"(?<![\w.]){re.escape(bare)}(?!\w|\.\d)", given) is not None


def _is_ordering(function: Function) -> bool:
    """It tells what it is given apart by how large it is."""
    tests = [op for one in ast.walk(function) if isinstance(one, ast.Compare) for op in one.ops]
    larger = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    return bool(tests) and all(isinstance(one, larger) for one in tests)


def _constants(node: ast.AST) -> Iterator[str]:
    """Numbers without their signs. What is written for people is none of them."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Constant):
            value = one.value
            is_whole = isinstance(value, float) and value.is_integer()
            yield repr(value).removesuffix(".0") if is_whole else repr(value)
        elif not (isinstance(one, ast.Raise) or (isinstance(one, ast.stmt) and is_text(one))):
            waiting.extend(ast.iter_child_nodes(one))


def _parts(word: str) -> Iterator[str]:
    yield from _constants(parsed(word))


@dataclass
class _Reading:
    """One function: which literals what it returns can come from."""

    tree: ast.Module
    function: Function
    _seen: set[str] = field(default_factory=set)
    _tables: list[ast.expr] = field(default_factory=list)

    def answers(self) -> set[str] | None:
        """Nothing where a value is computed, or where there is none."""
        found = set[str]()
        returned = list(_returned(self.function))
        for one in returned:
            values = self._values(one)
            if values is None:
                return None
            found |= values
        return found if returned else None

    def known(self, answers: set[str]) -> set[str]:
        body = ast.Module(self.function.body, [])
        tables = [word for one in self._tables for word in _constants(one)]
        return answers | set(_constants(body)) | set(tables)

    def _values(self, node: ast.expr) -> set[str] | None:
        match node:
            case ast.Constant():
                return set(_constants(node))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant()):
                return set(_constants(node))
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return self._all(parts)
            case ast.Dict(keys=keys, values=values):
                return self._all([*(one for one in keys if one), *values])
            case ast.IfExp(body=body, orelse=orelse):
                return self._all([body, orelse])
            case ast.BoolOp(values=parts):
                chosen = [one for one in parts if not isinstance(one, ast.Compare)]
                return self._all(chosen) if chosen else None
            case ast.Name(id=name):
                return self._named(name)
            case ast.NamedExpr(value=value) | ast.Subscript(value=value):
                return self._values(value)
            case ast.GeneratorExp(elt=one) | ast.ListComp(elt=one):
                return self._values(one)
            case ast.Call():
                return self._called(node)
        return None

    def _all(self, nodes: Collection[ast.expr]) -> set[str] | None:
        found = [self._values(one) for one in nodes]
        return None if None in found else {word for one in found if one for word in one}

    def _called(self, node: ast.Call) -> set[str] | None:
        match node.func:
            case ast.Attribute(value=table, attr="get"):
                return self._all([table, *node.args[1:]])
            case ast.Attribute(value=table, attr=attr) if attr in _LOOKS_UP:
                return self._values(table)
            case ast.Name(id=name) if name in _SAME and node.args:
                return self._all(node.args)
            case ast.Name(id=name):
                return self._of_own(name)
        return None

    def _of_own(self, name: str) -> set[str] | None:
        """What another function of the module gives back."""
        own = next((one for known, one in functions_of(self.tree) if known == name), None)
        if own is None or own is self.function or f"{name}()" in self._seen:
            return None
        self._seen.add(f"{name}()")
        other = _Reading(self.tree, own, self._seen)
        answers = other.answers()
        return None if answers is None else other.known(answers)

    def _named(self, name: str) -> set[str] | None:
        """Of what was given to it, and of what it changes bit by bit, nothing is known."""
        if name in self._seen:
            return set()
        self._seen.add(name)
        bound = list(_bound(self.function, name)) or list(_bound(self.tree, name))
        if not bound or None in bound or _is_changed(self.function, name):
            return None
        self._tables += [one for one in bound if one is not None]
        return self._all([one for one in bound if one is not None])


def _returned(function: Function) -> Iterator[ast.expr]:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Return) and one.value is not None:
            yield one.value
        elif isinstance(one, ast.Yield | ast.YieldFrom):
            yield one
        if not isinstance(one, Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(one))


def _bound(scope: ast.AST, name: str) -> Iterator[ast.expr | None]:
    """What a name stands for; nothing where that cannot be told."""
    for one in ast.walk(scope):
        match one:
            case ast.arg(arg=known) | ast.alias(name=known) | ast.ExceptHandler(name=known):
                if known == name:
                    yield None
            case ast.Assign(targets=targets, value=value):
                if any(_holds(target, name) for target in targets):
                    yield value
            case ast.AnnAssign(target=target, value=value) if _holds(target, name):
                yield value
            case ast.NamedExpr(target=target, value=value) if _holds(target, name):
                yield value
            case ast.For(target=target, iter=value) if _holds(target, name):
                yield value
            case ast.comprehension(target=target, iter=value) if _holds(target, name):
                yield value


def _holds(target: ast.expr, name: str) -> bool:
    return any(
        isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
        for one in ast.walk(target)
    )


def _is_changed(function: Function, name: str) -> bool:
    for one in ast.walk(function):
        match one:
            case ast.AugAssign(target=target):
                if any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(target)):
                    return True
            case ast.Subscript(value=ast.Name(id=known), ctx=ast.Store() | ast.Del()):
                if known == name:
                    return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=known), attr=attr)):
                if known == name and attr not in _LOOKS_UP:
                    return True
    return False
