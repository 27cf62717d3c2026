"""How hard code is to follow, in numbers: what a change of it may be asked not to make worse."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from code_agent.python.functions import Function, functions_of, without_docstring
from code_agent.python.source import parsed

_WITHS = ast.With | ast.AsyncWith
_TRIES = ast.Try | ast.TryStar
_LOOPS = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True)
class Facts:
    """Of one function, with the functions inside it."""

    complexity: int
    """McCabe's: the ways that lead through it, and one more for each `and` and `or`."""
    statements: int
    """Its docstring does not count."""
    depth: int
    """Of blocks in blocks; an `elif` is no deeper than its `if`."""
    annotated: bool
    """All of its parameters, and what it returns."""


def facts(source: str) -> dict[str, Facts]:
    """By the functions' names. A source that is none is a SyntaxError."""
    return facts_of(parsed(source))


def facts_of(tree: ast.Module) -> dict[str, Facts]:
    return {name: _facts(function) for name, function in functions_of(tree)}


def worse(before: str, after: str) -> list[str]:
    """What became harder to follow; a new function may be as hard as the hardest was before."""
    was, now = facts(before), facts(after)
    told = [one for name in now if name in was for one in _grown(name, was[name], now[name])]
    most = max((one.complexity for one in was.values()), default=0)
    for name, one in now.items():
        if name not in was and one.complexity > most > 0:
            told.append(f"{name} is new, and its complexity is {one.complexity}, not {most}")
    return told


def _grown(name: str, was: Facts, now: Facts) -> Iterator[str]:
    numbers = (
        ("complexity", was.complexity, now.complexity),
        ("depth of blocks", was.depth, now.depth),
    )
    for word, before, after in numbers:
        if after > before:
            yield f"{name}: its {word} was {before} and is {after}"


def _facts(function: Function) -> Facts:
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    arguments += [one for one in (given.vararg, given.kwarg) if one]
    own = [one for one in arguments if one.arg not in ("self", "cls")]
    body = without_docstring(function.body)
    nodes = [node for statement in body for node in ast.walk(statement)]
    return Facts(
        complexity=1 + sum(_ways(node) for node in nodes),
        statements=sum(isinstance(node, ast.stmt) for node in nodes),
        depth=max((_depth(statement) for statement in body), default=0),
        annotated=bool(function.returns) and all(one.annotation for one in own),
    )


def _ways(node: ast.AST) -> int:
    """How many more ways there are because of it."""
    match node:
        case ast.If() | ast.IfExp() | ast.For() | ast.AsyncFor() | ast.While() | ast.Assert():
            return 1
        case ast.ExceptHandler():
            return 1
        case ast.BoolOp(values=values):
            return len(values) - 1
        case ast.comprehension(ifs=conditions):
            return 1 + len(conditions)
        case ast.match_case(pattern=pattern, guard=guard):
            takes_all = isinstance(pattern, ast.MatchAs) and pattern.pattern is None and not guard
            return 0 if takes_all else 1
        case _:
            return 0


def _depth(statement: ast.stmt) -> int:
    if isinstance(statement, ast.If):
        other = statement.orelse
        again = len(other) == 1 and isinstance(other[0], ast.If) and _is_elif(statement, other[0])
        beside = _depth(other[0]) if again else 0
        inside = statement.body if again else [*statement.body, *other]
        return max(beside, 1 + _deepest(inside))
    deeper = isinstance(statement, _LOOPS | _WITHS | _TRIES | ast.Match)
    return deeper + _deepest([*_blocks(statement)])


def _is_elif(statement: ast.If, other: ast.If) -> bool:
    """The `if` of an `else` of its own is further right than that."""
    return other.col_offset == statement.col_offset


def _deepest(body: list[ast.stmt]) -> int:
    return max((_depth(one) for one in body), default=0)


def _blocks(statement: ast.stmt) -> Iterator[ast.stmt]:
    for part in ("body", "orelse", "finalbody"):
        yield from getattr(statement, part, [])
    for part in ("handlers", "cases"):
        for one in getattr(statement, part, []):
            yield from one.body
