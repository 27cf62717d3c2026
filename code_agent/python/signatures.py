"""What a module promises to those who use it: its public names and how they are called."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from code_agent.python.annotations import annotation_text
from code_agent.python.functions import Function
from code_agent.python.parameters import parameters_of
from code_agent.python.property_by_decorator import decorate
from code_agent.python.public import decorators_of, exported, is_public
from code_agent.python.source import parsed, statements_in
from code_agent.python.symbols import Definition, is_overload, kind_of, own_name

Kind = Literal["function", "async function", "class", "module", "value", "import"]

_TYPE_ALIAS: tuple[type[ast.AST], ...] = tuple(
    getattr(ast, name) for name in ("TypeAlias",) if hasattr(ast, name)
)


@dataclass(frozen=True)
class Taken:
    """One parameter, as text."""

    name: str
    way: str
    annotation: str = ""
    default: str = ""


@dataclass(frozen=True)
class Signature:
    kind: Kind
    parameters: tuple[Taken, ...] = ()
    annotation: str = ""
    """The type of a function's result, or of a value."""
    value: str = ""
    """Of a name that is bound to a literal, or of a field of a class."""
    decorators: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """Of a class, in the order in which it may be made with them."""


def public_signatures(source: str) -> Mapping[str, Signature]:
    """By the name that each is reached by. SyntaxError for what is no Python."""
    tree = parsed(source)
    decorate(tree)
    exports = exported(tree)
    return {name: one for name, one in _signatures(tree) if _is_meant(name, one, exports)}


def all_signatures(source: str) -> Mapping[str, Signature]:
    return dict(_signatures(parsed(source)))


def _is_meant(name: str, one: Signature, exports: tuple[str, ...] | None) -> bool:
    """An import is for the module itself unless it says otherwise."""
    if one.kind == "import" and exports is None:
        return one.value == "exported"
    return is_public(name, exports)


def _signatures(tree: ast.Module) -> Iterator[tuple[str, Signature]]:
    waiting: list[tuple[str, list[ast.stmt], bool]] = [("", tree.body, False)]
    try:
        while waiting:
            prefix, body, in_class = waiting.pop()
            overloads = 0
            for one in statements_in(body):
                if isinstance(one, Definition):
                    name = prefix + own_name(one)
                    overloads = overloads + 1 if is_overload(one) else 0
                    yield (f"{name} (overload {overloads})" if overloads else name), _defined(one)
                    if isinstance(one, ast.ClassDef):
                        waiting.append((f"{name}.", one.body, True))
                else:
                    for bound, signature in _bound(one, in_class=in_class):
                        yield prefix + bound, signature
    except RecursionError as error:
        raise SyntaxError("an expression is nested too deep") from error


def _defined(node: Definition) -> Signature:
    decorators = tuple(ast.unparse(one) for one in node.decorator_list)
    if isinstance(node, ast.ClassDef):
        bases = [ast.unparse(one) for one in node.bases]
        bases += [f"{one.arg}={ast.unparse(one.value)}" for one in node.keywords]
        return Signature(
            "class", decorators=decorators, bases=tuple(bases), fields=tuple(_fields(node))
        )
    return Signature(
        kind_of(node),
        parameters=tuple(_taken(node)),
        annotation=annotation_text(node.returns),
        decorators=decorators,
    )


def _taken(node: Function) -> Iterator[Taken]:
    for one in parameters_of(node):
        default = ast.unparse(one.default) if one.default else ""
        yield Taken(one.name, one.way, annotation_text(one.annotation), default)


def _fields(node: ast.ClassDef) -> Iterator[str]:
    """The fields in their order; none where that means nothing."""
    is_made_with_them = "dataclass" in decorators_of(node) or any(
        ast.unparse(one).rpartition(".")[2] == "NamedTuple" for one in node.bases
    )
    for one in node.body if is_made_with_them else []:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            yield one.target.id


def _bound(one: ast.stmt, *, in_class: bool) -> Iterator[tuple[str, Signature]]:
    if isinstance(one, ast.Assign):
        value = _literal(one.value)
        for target in one.targets:
            is_one = isinstance(target, ast.Name)
            for each in ast.walk(target):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    yield each.id, Signature("value", value=value if is_one else "")
    elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
        value = ast.unparse(one.value) if in_class and one.value else _literal(one.value)
        yield one.target.id, Signature("value", annotation=_declared(one), value=value)
    elif isinstance(one, ast.Import | ast.ImportFrom):
        for alias in one.names:
            says = "exported" if alias.asname == alias.name else ""
            yield alias.asname or alias.name, Signature("import", value=says)
    elif isinstance(one, _TYPE_ALIAS):
        yield ast.unparse(one.name), Signature("value")  # type: ignore[attr-defined]


def _declared(one: ast.AnnAssign) -> str:
    """That a constant is `Final` changes nothing for its readers."""
    found = annotation_text(one.annotation)
    return found.removeprefix("Final[").removesuffix("]") if found[:6] == "Final[" else found


def _literal(value: ast.expr | None) -> str:
    """What is computed may be computed otherwise; what is written down is meant so."""
    if value is None:
        return ""
    try:
        return repr(ast.literal_eval(value))
    except (ValueError, TypeError, MemoryError):
        return ""
