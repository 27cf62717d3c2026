"""The assertions of one test, with what makes each worth nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from code_agent.python.functions import Function, dotted
from code_agent.python.idle import Idle, idle_in, is_idle
from code_agent.python.worth import CONSTANTS, ITSELF, THERE, TYPE, weakness

SWALLOWED = "may fail unnoticed: its failure is caught"
ANYTHING = "accepts any exception"
BY_ITSELF = "is raised by the test itself"
UNREACHED = "is never reached"
ONLY_IF_RAISED = "is reached only when something is raised"

_BROAD = {"Exception", "BaseException", "AssertionError"}
_TEXT_LENGTH = 80
_ENDING = ast.Return | ast.Raise | ast.Continue | ast.Break
_EQUAL = {"assertEqual", "assertIs", "assertAlmostEqual", "assertCountEqual"}
_EQUAL |= {"assertListEqual", "assertDictEqual", "assertSetEqual", "assertTupleEqual"}
_OF_ONE = {"assertIsNotNone": THERE, "assertIsInstance": TYPE}
_RAISES = {"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns"}
_RAISES |= {"deprecated_call", "assertLogs"}


@dataclass(frozen=True)
class Assertion:
    line: int
    text: str
    weak: str = ""
    """Why it is worth nothing; empty when it can fail."""


def assertions_in(function: Function, module: ast.Module) -> list[Assertion]:
    judge = _Judge(idle_in(function, module), _asserting(module), _loaded(function))
    return list(judge.block(function.body))


@dataclass(frozen=True)
class _Judge:
    idle: Idle
    asserting: frozenset[str]
    """Functions of the module that assert something themselves."""
    loaded: frozenset[str]
    around: str = ""
    """What makes worthless whatever stands here."""

    def block(self, body: Sequence[ast.stmt]) -> Iterator[Assertion]:
        judge = self
        for statement in body:
            yield from judge._statement(statement)
            if isinstance(statement, _ENDING):
                judge = judge._inside(UNREACHED)

    def _inside(self, why: str) -> _Judge:
        return self if self.around else replace(self, around=why)

    def _said(self, node: ast.AST, line: int, weak: str) -> Assertion:
        words = ast.unparse(node).partition("\n")[0]
        text = words if len(words) <= _TEXT_LENGTH else words[: _TEXT_LENGTH - 1] + "…"
        return Assertion(line, text, self.around or weak)

    def _statement(self, node: ast.stmt) -> Iterator[Assertion]:
        match node:
            case ast.Assert():
                yield self._said(node, node.lineno, weakness(node.test, self.idle))
            case ast.Raise(exc=ast.expr() as raised):
                name = dotted(raised.func if isinstance(raised, ast.Call) else raised)
                if name == "AssertionError":
                    yield self._said(node, node.lineno, "")
            case ast.Expr():
                yield from self._call(node.value)
            case ast.With() | ast.AsyncWith():
                yield from self._with(node)
            case ast.Try() | ast.TryStar():
                yield from self._try(node)
            case ast.If():
                never = isinstance(node.test, ast.Constant) and not node.test.value
                judge = self._inside(UNREACHED) if never else self
                yield from judge.block(node.body)
                yield from self.block(node.orelse)
            case ast.For() | ast.AsyncFor() | ast.While():
                yield from self.block([*node.body, *node.orelse])
            case ast.Match():
                for case in node.cases:
                    yield from self.block(case.body)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name in self.loaded:
                yield from self.block(node.body)
            case _:
                return

    def _call(self, value: ast.expr) -> Iterator[Assertion]:
        call = value.value if isinstance(value, ast.Await) else value
        if not isinstance(call, ast.Call):
            return
        name = dotted(call.func).rpartition(".")[2] or getattr(call.func, "attr", "")
        if name in _RAISES and len(call.args) > 1:
            yield self._said(call, call.lineno, self._accepts(call))
        elif name == "fail" or name.startswith("assert_called") or name == "assert_has_calls":
            yield self._said(call, call.lineno, "")
        elif name.startswith("assert") or name in self.asserting:
            yield self._said(call, call.lineno, self._of_call(name, call))

    def _of_call(self, name: str, call: ast.Call) -> str:
        first = call.args[0] if call.args else None
        if first is None:
            return "" if name in self.asserting else CONSTANTS
        if name in ("assertTrue", "assert_"):
            return weakness(first, self.idle)
        if name in _OF_ONE:
            return _OF_ONE[name]
        equals = name in _EQUAL or name.startswith("assert_")
        if equals and len(call.args) > 1 and ast.dump(first) == ast.dump(call.args[1]):
            return ITSELF
        if name == "assertFalse":
            return weakness(ast.UnaryOp(ast.Not(), first), self.idle)
        return CONSTANTS if all(is_idle(one, self.idle.names) for one in call.args) else ""

    def _with(self, node: ast.With | ast.AsyncWith) -> Iterator[Assertion]:
        inside = self
        for item in node.items:
            call = item.context_expr
            if not isinstance(call, ast.Call):
                continue
            name = dotted(call.func).rpartition(".")[2]
            if name == "suppress" and _is_broad(call.args):
                inside = inside._inside(SWALLOWED)
            elif name in _RAISES:
                weak = self._accepts(call) or self._raises_itself(node.body)
                yield self._said(call, call.lineno, weak)
                if _is_broad(call.args):
                    inside = inside._inside(SWALLOWED)
        yield from inside.block(node.body)

    def _accepts(self, call: ast.Call) -> str:
        narrowed = any(word.arg in ("match", "check") for word in call.keywords)
        narrowed = narrowed or dotted(call.func).endswith("Regex")
        return ANYTHING if _is_broad(call.args[:1]) and not narrowed else ""

    def _raises_itself(self, body: Sequence[ast.stmt]) -> str:
        """Unless something in it might have to do with the code under test."""
        inside = [
            one
            for statement in body
            if not isinstance(statement, ast.Raise)
            for one in ast.walk(statement)
            if isinstance(one, ast.expr)
        ]
        return BY_ITSELF if all(is_idle(one, self.idle.names) for one in inside) else ""

    def _try(self, node: ast.Try | ast.TryStar) -> Iterator[Assertion]:
        caught = any(_swallows(one) for one in node.handlers)
        inside = self._inside(SWALLOWED) if caught else self
        tried = list(inside.block(node.body))
        yield from tried
        certain = bool(tried) or bool(node.orelse)
        for handler in node.handlers:
            judge = self if certain else self._inside(ONLY_IF_RAISED)
            yield from judge.block(handler.body)
        yield from self.block([*node.orelse, *node.finalbody])


def _swallows(handler: ast.ExceptHandler) -> bool:
    if handler.type is not None and not _is_broad([handler.type]):
        return False
    return not any(
        isinstance(node, ast.Raise | ast.Assert)
        or (isinstance(node, ast.Call) and dotted(node.func).endswith("fail"))
        for statement in handler.body
        for node in ast.walk(statement)
    )


def _is_broad(kinds: Sequence[ast.expr]) -> bool:
    each = [one for kind in kinds for one in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]
    return any(dotted(one) in _BROAD for one in each)


def _asserting(module: ast.Module) -> frozenset[str]:
    return frozenset(
        one.name
        for one in module.body
        if isinstance(one, Function) and not one.name.startswith("test")
        for node in ast.walk(one)
        if isinstance(node, ast.Assert) and not weakness(node.test, Idle())
    )


def _loaded(function: Function) -> frozenset[str]:
    return frozenset(
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
