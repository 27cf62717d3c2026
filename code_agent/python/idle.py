"""Which names of a test hold nothing that the code under test had a hand in.

They are bound to constants, to mocks, or to what builtins make of these.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from code_agent.python.functions import Function, dotted

_BUILTINS = frozenset(dir(builtins)) - {
    *("open", "input", "eval", "exec", "compile", "globals", "locals", "vars", "__import__"),
}
MOCKS = frozenset(
    {
        *("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock", "create_autospec"),
        *("patch", "mocker", "sentinel", "mock", "mock_open"),
    }
)
_CALLED = {"called", "call_count", "call_args", "call_args_list", "mock_calls", "await_count"}
_FRESH = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.Call
"""What makes something that can be changed later."""

Bindings = dict[str, list[ast.expr | None]]
"""Nothing: bound to what cannot be seen here."""


@dataclass(frozen=True)
class Idle:
    names: frozenset[str] = frozenset()
    mocks: frozenset[str] = frozenset()
    """Those of the names that hold a mock."""
    calls: Mapping[str, ast.expr] = field(default_factory=dict)
    """Names that are bound once, to a call of nothing but plain values, and to which."""


def idle_in(function: Function, module: ast.Module) -> Idle:
    bound = _bindings(module.body, inside=False)
    for name, values in _bindings(function.body, inside=True).items():
        bound[name] = values
    fixed = _parametrized(function) | _patched(function)
    for argument in _arguments(function):
        bound[argument] = [ast.Constant(None)] if argument in fixed else [None]
    idle = frozenset(bound)
    while True:
        kept = frozenset(
            name for name in idle if all(one and is_idle(one, idle) for one in bound[name])
        )
        if kept == idle:
            break
        idle = kept
    shared = _used_outside_assertions(function.body)
    idle -= {name for name in idle & shared if name in fixed or _is_fresh(bound[name])}
    mocks = {name for name in idle if any(one and _is_mock(one) for one in bound[name])}
    return Idle(idle, frozenset(mocks | (idle & _patched(function))), _calls(function))


def is_idle(node: ast.expr, idle: Collection[str]) -> bool:
    own = {
        name
        for each in ast.walk(node)
        if isinstance(each, ast.comprehension)
        for name in _targets(each.target)
    }
    for each in ast.walk(node):
        if isinstance(each, ast.Await | ast.Yield | ast.YieldFrom):
            return False
        if isinstance(each, ast.Attribute) and each.attr in _CALLED:
            return False
        if isinstance(each, ast.Name) and not (
            each.id in idle or each.id in own or each.id in _BUILTINS or each.id in MOCKS
        ):
            return False
    return True


def _calls(function: Function) -> dict[str, ast.expr]:
    """Such a call is the same wherever it stands, as far as a test can know."""
    bound = _bindings(function.body, inside=True)
    own = {*bound, *_arguments(function)}
    return {
        name: values[0]
        for name, values in bound.items()
        if len(values) == 1 and isinstance(values[0], ast.Call) and not own & _used(values[0])
    }


def _used(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _is_mock(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id in MOCKS for each in ast.walk(node))


def _is_fresh(values: Sequence[ast.expr | None]) -> bool:
    return any(isinstance(one, _FRESH) for one in values)


def _bindings(body: Sequence[ast.stmt], *, inside: bool) -> Bindings:
    """Of a module only its own statements, of a function all there are."""
    found: Bindings = defaultdict(list)
    for statement in body:
        for node in ast.walk(statement) if inside else [statement]:
            for name, value in _bound_by(node):
                found[name].append(value)
    return found


def _bound_by(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    match node:
        case ast.Assign():
            for target in node.targets:
                yield from _assigned(target, node.value)
        case ast.AnnAssign(value=ast.expr() as value):
            yield from _assigned(node.target, value)
        case ast.AugAssign() | ast.NamedExpr():
            yield from _assigned(node.target, node.value)
        case ast.For() | ast.AsyncFor():
            yield from _assigned(node.target, node.iter)
        case ast.With() | ast.AsyncWith():
            for item in node.items:
                if item.optional_vars:
                    yield from _assigned(item.optional_vars, item.context_expr)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, None
        case ast.ExceptHandler(name=str() as name):
            yield name, None
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0], None
        case _:
            return


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    match target, value:
        case ast.Tuple(elts=ones), ast.Tuple(elts=parts) if len(ones) == len(parts):
            for one, part in zip(ones, parts, strict=True):
                yield from _assigned(one, part)
        case _:
            for name in _targets(target):
                yield name, value


def _targets(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _arguments(function: Function) -> list[str]:
    given = function.args
    return [one.arg for one in [*given.posonlyargs, *given.args, *given.kwonlyargs]]


def _parametrized(function: Function) -> set[str]:
    found = set[str]()
    for one in function.decorator_list:
        if isinstance(one, ast.Call) and dotted(one.func).endswith("mark.parametrize") and one.args:
            words = [each.value for each in ast.walk(one.args[0]) if isinstance(each, ast.Constant)]
            found |= {name.strip() for word in words for name in str(word).split(",")}
    return found


def _patched(function: Function) -> set[str]:
    """Arguments that `@patch` fills; with something given in its place it fills none."""
    count = sum(
        isinstance(one, ast.Call)
        and dotted(one.func).split(".")[-1] in ("patch", "object")
        and "patch" in dotted(one.func)
        for one in function.decorator_list
    )
    return set([name for name in _arguments(function) if name != "self"][:count])


def _used_outside_assertions(body: Sequence[ast.stmt]) -> set[str]:
    found, left = set[str](), list[ast.AST](body)
    while left:
        node = left.pop()
        if isinstance(node, ast.Assert):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        left.extend(ast.iter_child_nodes(node))
    return found
