"""The faults that can be put into one function, as changes of its text.

Left out is what changes nothing (`x * 1`), what only breaks (`"a" - b`), what never ends (the step
of a `while`), and what nobody tests (the text of an exception).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from code_agent.python.functions import Function, dotted, is_text
from code_agent.python.offsets import Offsets

_COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_OPPOSITES = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
"""Changing one of these negates what is compared."""
_COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
}
_TALK = {"print", "warn", "debug", "info", "warning", "error", "exception", "critical", "log"}
_OF_TYPES = {"isinstance", "issubclass"}
_LOOPS = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True)
class Change:
    start: int
    end: int
    text: str
    kind: str
    line: int


def changes_in(function: Function, offsets: Offsets) -> Iterator[Change]:
    """In its body: not in its decorators, defaults, annotations or docstrings."""
    yield from _Walk(offsets, _is_generator(function)).block(function.body)


def _is_generator(function: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


@dataclass(frozen=True)
class _Walk:
    offsets: Offsets
    generator: bool
    loop: ast.stmt | None = None
    """The innermost one around."""

    def block(self, body: list[ast.stmt]) -> Iterator[Change]:
        for statement in body:
            if not is_text(statement):
                yield from self.node(statement)

    def node(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, Function):
            yield from _Walk(self.offsets, _is_generator(node)).block(node.body)
            return
        if isinstance(node, _LOOPS):
            inside = _Walk(self.offsets, self.generator, node)
            yield from inside.block(node.body)
            yield from self.block(node.orelse)
            yield from self.node(node.test if isinstance(node, ast.While) else node.iter)
            return
        yield from self._here(node)
        for part in self._parts(node):
            yield from self.node(part)

    def _parts(self, node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom | ast.Lambda):
            # What stands in an f-string has no place of its own before Python 3.12.
            yield from [node.body] if isinstance(node, ast.Lambda) else []
        elif isinstance(node, ast.AnnAssign):
            yield from [node.value] if node.value else []
        elif isinstance(node, ast.Assert):
            yield node.test
        elif isinstance(node, ast.Call):
            yield from _told(node)
        elif not (isinstance(node, ast.AugAssign) and isinstance(self.loop, ast.While)):
            yield from (
                part
                for part in ast.iter_child_nodes(node)
                if not (isinstance(part, ast.stmt) and is_text(part))
            )

    def _here(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Compare():
                yield from self._compare(node)
            case ast.BinOp():
                yield from self._arithmetic(node.left, node.op, node.right)
            case ast.AugAssign() if not isinstance(self.loop, ast.While):
                yield from self._step(node)
            case ast.BoolOp():
                yield from self._boolean(node)
            case ast.UnaryOp(op=ast.Not()):
                start, _ = self.offsets.span(node)
                yield self._change((start, start + 3), "", "not")
            case ast.If() | ast.IfExp():
                yield from self._condition(node.test)
            case ast.Return(value=ast.expr() as value) if not self.generator:
                if not (isinstance(value, ast.Constant) and value.value is None):
                    yield self._change(self.offsets.span(value), "None", "return")
            case ast.Break() | ast.Continue():
                yield from self._leaving(node)
            case ast.Slice():
                yield from self._slice(node)
            case ast.Constant():
                yield from self._constant(node)
            case _:
                return

    def _change(self, span: tuple[int, int], text: str, kind: str) -> Change:
        return Change(*span, text, kind, self.offsets.line(span[0]))

    def _between(self, before: ast.expr, after: ast.expr, words: str) -> tuple[int, int] | None:
        """Where an operator stands, between what may be parentheses, comments and line ends."""
        start, end = self.offsets.span(before)[1], self.offsets.span(after)[0]
        tokens = self.offsets.tokens(start, end)
        wanted = words.split()
        for first in range(len(tokens)):
            found = tokens[first : first + len(wanted)]
            if [token.text for token in found] == wanted:
                return found[0].start, found[-1].end
        return None

    def _compare(self, node: ast.Compare) -> Iterator[Change]:
        sides = [node.left, *node.comparators]
        for place, operator in enumerate(node.ops):
            before, after = _COMPARED[type(operator)]
            if span := self._between(sides[place], sides[place + 1], before):
                yield self._change(span, after, "comparison")

    def _arithmetic(
        self, left: ast.expr, operator: ast.operator, right: ast.expr
    ) -> Iterator[Change]:
        if type(operator) not in _COMPUTED or _pointless(left, operator, right):
            return
        before, after = _COMPUTED[type(operator)]
        if span := self._between(left, right, before):
            yield self._change(span, after, "arithmetic")

    def _step(self, node: ast.AugAssign) -> Iterator[Change]:
        if type(node.op) not in _COMPUTED or _pointless(node.target, node.op, node.value):
            return
        before, after = (f"{one}=" for one in _COMPUTED[type(node.op)])
        if span := self._between(node.target, node.value, before):
            yield self._change(span, after, "arithmetic")

    def _boolean(self, node: ast.BoolOp) -> Iterator[Change]:
        before, after = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        if span := self._between(node.values[0], node.values[1], before):
            yield self._change(span, after, "boolean")

    def _condition(self, test: ast.expr) -> Iterator[Change]:
        """Unless a change of its operator already negates it."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], _OPPOSITES):
            return
        start, end = self.offsets.span(test)
        text = self.offsets.source[start:end]
        yield self._change((start, end), f"(not ({text}))", "condition")

    def _leaving(self, node: ast.Break | ast.Continue) -> Iterator[Change]:
        if isinstance(node, ast.Break) and isinstance(self.loop, ast.While):
            return
        after = "continue" if isinstance(node, ast.Break) else "break"
        yield self._change(self.offsets.span(node), after, "loop")

    def _slice(self, node: ast.Slice) -> Iterator[Change]:
        for bound in (node.lower, node.upper):
            if bound is not None and not isinstance(bound, ast.Constant):
                start, end = self.offsets.span(bound)
                text = self.offsets.source[start:end]
                yield self._change((start, end), f"({text}) + 1", "slice")

    def _constant(self, node: ast.Constant) -> Iterator[Change]:
        span = self.offsets.span(node)
        for text in _other_constants(node.value):
            yield self._change(span, text, "constant")


def _told(call: ast.Call) -> list[ast.AST]:
    """What of a call is worth changing: not what is said to a log, nor types."""
    name = dotted(call.func).rpartition(".")[2]
    if name in _TALK:
        return []
    return [call.args[0]] if name in _OF_TYPES and call.args else list(ast.iter_child_nodes(call))


def _other_constants(value: object) -> list[str]:
    match value:
        case bool():
            return [repr(not value)]
        case int() | float():
            return [repr(value + 1), repr(value - 1) if value >= 1 else f"({value - 1!r})"]
        case str() | bytes():
            return [repr(type(value)())] if value else []
        case _:
            return []


def _pointless(left: ast.expr, operator: ast.operator, right: ast.expr) -> bool:
    """Where the other operator gives the same, or cannot work."""
    if any(isinstance(side, ast.JoinedStr | ast.List | ast.ListComp) for side in (left, right)):
        return True
    for side in (left, right):
        if isinstance(side, ast.Constant) and isinstance(side.value, str | bytes):
            return True
    if isinstance(operator, ast.Add | ast.Sub | ast.LShift | ast.RShift):
        return _is(right, 0)
    return _is(right, 1) or (isinstance(operator, ast.BitAnd | ast.BitOr) and _is(right, 0))


def _is(node: ast.expr, value: int) -> bool:
    return isinstance(node, ast.Constant) and node.value == value
