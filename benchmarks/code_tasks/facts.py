"""What a refactoring was asked for, as facts about the source. "*" is the whole module."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
BRANCHES = (
    ast.If,
    ast.For,
    ast.While,
    ast.ExceptHandler,
    ast.IfExp,
    ast.comprehension,
    ast.match_case,
)

NOWHERE = ast.Pass()


def holds(source: str, name: str, *arguments: str | int) -> bool:
    return FACTS[name](ast.parse(source), *arguments)


def within(tree: ast.Module, where: str) -> ast.AST:
    """A function or class by its name, also a method; NOWHERE where there is none."""
    if where == "*":
        return tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == where:
            return node
    return NOWHERE


def exists(tree: ast.Module, where: str) -> bool:
    return within(tree, where) is not NOWHERE


def has(tree: ast.Module, where: str, kind: str) -> bool:
    return any(isinstance(node, getattr(ast, kind)) for node in ast.walk(within(tree, where)))


def lacks(tree: ast.Module, where: str, kind: str) -> bool:
    return exists(tree, where) and not has(tree, where, kind)


def calls(tree: ast.Module, where: str, name: str) -> bool:
    """By its last name: `get` is also `prices.get`."""
    return name in called(within(tree, where))


def avoids(tree: ast.Module, where: str, name: str) -> bool:
    return exists(tree, where) and not calls(tree, where, name)


def called(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            if isinstance(inner.func, ast.Attribute):
                yield inner.func.attr
            elif isinstance(inner.func, ast.Name):
                yield inner.func.id


def no_filling_loop(tree: ast.Module, where: str) -> bool:
    """No loop fills a list, set, dictionary or string bit by bit."""
    loops = [n for n in ast.walk(within(tree, where)) if isinstance(n, ast.For | ast.While)]
    return exists(tree, where) and not any(fills(loop) for loop in loops)


def fills(loop: ast.AST) -> bool:
    if {"append", "add", "extend", "update", "setdefault"} & set(called(loop)):
        return True
    return any(
        isinstance(node, ast.AugAssign)
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript))
        for node in ast.walk(loop)
    )


def nesting_at_most(tree: ast.Module, where: str, limit: int) -> bool:
    return exists(tree, where) and depth(within(tree, where)) <= limit


def depth(node: ast.AST) -> int:
    deepest = 0
    for inner in ast.iter_child_nodes(node):
        own = isinstance(inner, BLOCKS) and not is_elif(node, inner)
        deepest = max(deepest, depth(inner) + own)
    return deepest


def is_elif(outer: ast.AST, inner: ast.AST) -> bool:
    return isinstance(outer, ast.If) and isinstance(inner, ast.If) and outer.orelse == [inner]


def branches_at_most(tree: ast.Module, where: str, limit: int) -> bool:
    return exists(tree, where) and branches(within(tree, where)) <= limit


def branches(node: ast.AST) -> int:
    """The ways through it, as McCabe counts them."""
    ways = 1
    for inner in ast.walk(node):
        if isinstance(inner, ast.BoolOp):
            ways += len(inner.values) - 1
        else:
            ways += isinstance(inner, BRANCHES)
    return ways


def most_branches(tree: ast.Module) -> int:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return max((branches(function) for function in functions), default=1)


def functions_at_least(tree: ast.Module, limit: int) -> bool:
    return sum(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)) >= limit


def lines_at_most(tree: ast.Module, where: str, limit: int) -> bool:
    node = within(tree, where)
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    return len(ast.unparse(node).splitlines()) <= limit


def mentions_at_most(tree: ast.Module, value: str | int, limit: int) -> bool:
    """How often a literal value stands in the module."""
    literals = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return sum(one == value for one in literals) <= limit


def constant(tree: ast.Module, name: str) -> bool:
    """Whether the module has a name of its own for a value."""
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def decorated(tree: ast.Module, where: str, name: str) -> bool:
    node = within(tree, where)
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    return any(name in ast.unparse(decorator) for decorator in node.decorator_list)


def annotated(tree: ast.Module, where: str) -> bool:
    """Whether every parameter and the result have a type."""
    node = within(tree, where)
    if not isinstance(node, ast.FunctionDef) or node.returns is None:
        return False
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return all(argument.annotation for argument in arguments)


FACTS: dict[str, Callable[..., bool]] = {
    fact.__name__: fact
    for fact in (
        annotated,
        avoids,
        branches_at_most,
        calls,
        constant,
        decorated,
        exists,
        functions_at_least,
        has,
        lacks,
        lines_at_most,
        mentions_at_most,
        nesting_at_most,
        no_filling_loop,
    )
}
