"""Whether code has become what a wish for it says, one function a wish.

Each takes the syntax tree of what was to change, as it was and as it is, and says what is missing.
Where a wish is for one thing (a comprehension, less nesting), there must be fewer of what it is to
replace. Where it is for all of a kind (type hints, f-strings), none may be left that could be so.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from code_agent.python.complexity import Facts, facts_of
from code_agent.python.functions import Function, dotted

Missing = Callable[[ast.Module, ast.Module], str | None]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_HAND_ON = ("enter_context", "enter_async_context", "push", "closing")
"""Functions that close later what they are given."""


def less_nested(before: ast.Module, after: ast.Module) -> str | None:
    was, now = facts_of(before), facts_of(after)
    deepest = _most(was, lambda one: one.depth)
    if deepest < 2:
        return None
    if _has_less(was, now, lambda one: one.depth):
        return None
    return f"blocks are nested as deep as before: {deepest}"


def comprehended(before: ast.Module, after: ast.Module) -> str | None:
    was, left = list(_append_loops(before)), list(_append_loops(after))
    if left and len(left) >= len(was):
        return f"line {left[0]}: a loop that only appends is still there"
    more = _count(after, _COMPREHENSIONS) > _count(before, _COMPREHENSIONS)
    return None if more or not was else "there is none"


def split(before: ast.Module, after: ast.Module) -> str | None:
    if told := extracted(before, after):
        return told
    was, now = facts_of(before), facts_of(after)
    if _has_less(was, now, lambda one: one.statements):
        return None
    longest = max(now, key=lambda name: now[name].statements)
    return f"{longest} is as long as the longest was before"


def extracted(before: ast.Module, after: ast.Module) -> str | None:
    was, now = facts_of(before), facts_of(after)
    return None if len(now) > len(was) else f"there are {len(now)} functions, as before"


def typed(before: ast.Module, after: ast.Module) -> str | None:
    bare = [name for name, one in facts_of(after).items() if not _has_types(name, one)]
    return f"{bare[0]} has parameters or a result without a type" if bare else None


def with_f_strings(before: ast.Module, after: ast.Module) -> str | None:
    for node in ast.walk(after):
        if how := _put_together(node):
            return f"line {getattr(node, 'lineno', 0)}: text is put together by {how} still"
    if not any(_put_together(node) or _is_text_added(node) for node in ast.walk(before)):
        return None
    more = _count(after, (ast.JoinedStr,)) > _count(before, (ast.JoinedStr,))
    return None if more else "there is no new f-string"


def without_globals(words: Collection[str], before: ast.Module, after: ast.Module) -> str | None:
    """Of the names that the guidance has among its words; where it has none, of all."""
    there = {name for one in _globals(before) for name in one.names}
    to_go = there & set(words) or there
    left = [one for one in _globals(after) if set(one.names) & to_go or set(one.names) - there]
    return f"line {left[0].lineno}: `global` is still there" if left else None


def without_recursion(before: ast.Module, after: ast.Module) -> str | None:
    was, left = list(_recursive(before)), list(_recursive(after))
    return f"{left[0]} calls itself still" if left and len(left) >= len(was) else None


def with_context(before: ast.Module, after: ast.Module) -> str | None:
    held = _closed_elsewhere(after)
    for node in ast.walk(after):
        if isinstance(node, ast.Call) and dotted(node.func) == "open" and id(node) not in held:
            return f"line {node.lineno}: a file is opened without `with`"
    return None


def by_for_loop(before: ast.Module, after: ast.Module) -> str | None:
    was, left = (
        [node.lineno for node in ast.walk(tree) if isinstance(node, ast.While)]
        for tree in (before, after)
    )
    return f"line {left[0]}: a `while` is still there" if left and len(left) >= len(was) else None


def renamed(old: str, new: str, before: ast.Module, after: ast.Module) -> str | None:
    """Attributes that are called so, too, may be another object's."""
    was, now = _bound_names(before), _bound_names(after)
    if old not in was:
        was, now = _attributes(before), _attributes(after)
    if old in was and old in now:
        return f"{old} is still there"
    return None if new in _names(after) else f"there is no {new}"


def used(name: str, before: ast.Module, after: ast.Module) -> str | None:
    return None if name.lower() in map(str.lower, _names(after)) else "it is not used"


def _has_less(was: dict[str, Facts], now: dict[str, Facts], number: Callable[[Facts], int]) -> bool:
    """One of the functions that were there has less of it, and what is new less than the most."""
    lower = any(number(now[name]) < number(one) for name, one in was.items() if name in now)
    most = _most(was, number)
    return lower and all(number(one) < most for name, one in now.items() if name not in was)


def _most(found: dict[str, Facts], number: Callable[[Facts], int]) -> int:
    return max((number(one) for one in found.values()), default=0)


def _append_loops(tree: ast.Module) -> Iterator[int]:
    """Loops that do nothing but add to something, if under a condition."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.For) or len(node.body) != 1:
            continue
        inner = node.body[0]
        while isinstance(inner, ast.If) and len(inner.body) == 1 and not inner.orelse:
            inner = inner.body[0]
        match inner:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append" | "add"))):
                yield node.lineno


def _has_types(name: str, one: Facts) -> bool:
    return one.annotated or name.endswith(".__init__")


def _put_together(node: ast.AST) -> str:
    """By what, where an f-string could say the same."""
    match node:
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()):
            return "%"
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
            unpacks = any(isinstance(one, ast.Starred) for one in node.args)
            unpacks = unpacks or any(one.arg is None for one in node.keywords)
            return "" if unpacks else "format()"
    return ""


def _is_text_added(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case ast.AugAssign(op=ast.Add(), value=value):
            return _is_text(value)
    return False


def _is_text(node: ast.expr) -> bool:
    is_constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_constant or isinstance(node, ast.JoinedStr)


def _globals(tree: ast.Module) -> list[ast.Global]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Global)]


def _recursive(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            calls = (dotted(one.func) for one in ast.walk(node) if isinstance(one, ast.Call))
            if node.name in calls:
                yield node.name


def _closed_elsewhere(tree: ast.Module) -> set[int]:
    """Nodes that `with` closes, and those of a file that is handed on to who does."""
    found: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.With(items=items) | ast.AsyncWith(items=items):
                held: list[ast.AST] = [one.context_expr for one in items]
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                held = [value]
            case ast.Assign(targets=[ast.Attribute()], value=value):
                held = [value]
            case ast.Call(func=function) if dotted(function).rpartition(".")[2] in _HAND_ON:
                held = [*node.args]
            case _:
                continue
        found |= {id(one) for each in held for one in ast.walk(each)}
    return found


def _bound_names(tree: ast.Module) -> set[str]:
    """Of variables, parameters, functions, classes and imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.alias(name=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.AsyncFunctionDef(name=name) | ast.ImportFrom(module=str() as name):
                found.add(name)
    return found


def _attributes(tree: ast.Module) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _names(tree: ast.Module) -> set[str]:
    return _bound_names(tree) | _attributes(tree)


def _count(tree: ast.Module, kinds: tuple[type[ast.AST], ...]) -> int:
    return sum(isinstance(node, kinds) for node in ast.walk(tree))
