"""Code as it would be if only that were done which a diagnostic asks for, where that is known.

Some rules ask for code that does something else: a default that is made anew in each call, no
`print`, an `assert` that asserts. A correction is held against what they ask for, and not against
what was there.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeGuard

from code_agent.python.functions import Function
from code_agent.python.source import parsed
from executors.projects.diagnostics import Diagnostic

Rewriting = Callable[[ast.AST, Collection[int]], None]
"""It changes a whole tree at these lines."""

UNSET = "_UNSET_"
_DO_MORE = frozenset({"antigravity", "readline", "rlcompleter", "this", "__future__"})
_UNTOLD = (
    *("ASYNC", "B002", "B015", "B018", "BLE", "DTZ", "E9", "F5", "F63", "F7", "F82"),
    *("PLE", "S1", "S2", "S3", "S4", "S5", "S6", "S7"),
)
"""Rules that ask for other behaviour, by how they begin: for which is not said here."""
_NOT_SHOWN = ("B008", "E721", "E722")
"""A default that is another each time, values of a derived type, errors of any kind."""


def as_intended(source: str, corrected: Sequence[Diagnostic]) -> list[str]:
    """What the correction may do, each as a source; the source itself where nothing else is meant.
    SyntaxError where it is no Python."""
    lines: dict[str, set[int]] = {}
    for one in corrected:
        if one.code in _REWRITINGS:
            lines.setdefault(one.code, set()).add(one.line)
    if not lines:
        return [source]
    ways = max(len(_REWRITINGS[code]) for code in lines)
    return list(dict.fromkeys(_rewritten(source, lines, way) for way in range(ways)))


def is_told(corrected: Sequence[Diagnostic]) -> bool:
    """Whether it is known what the code has to do afterwards."""
    return not any(
        one.code.startswith(_UNTOLD) and one.code not in _REWRITINGS for one in corrected
    )


def is_shown_by_calls(corrected: Sequence[Diagnostic]) -> bool:
    """Whether generated calls would notice what could go wrong with it."""
    return not any(one.code in _NOT_SHOWN for one in corrected)


def _rewritten(source: str, lines: Mapping[str, Collection[int]], way: int) -> str:
    tree = parsed(source)
    for code, at in lines.items():
        rewritings = _REWRITINGS[code]
        rewritings[min(way, len(rewritings) - 1)](tree, at)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _as_it_is(tree: ast.AST, lines: Collection[int]) -> None:
    """To change nothing can be what is meant, too."""


def _fresh_defaults(unset: str, tree: ast.AST, lines: Collection[int]) -> None:
    """`items=[]` is made in each call that gives none."""
    for node in list(ast.walk(tree)):
        if not isinstance(node, Function):
            continue
        given = node.args
        positional = [*given.posonlyargs, *given.args]
        first = len(positional) - len(given.defaults)
        made: list[ast.stmt] = []
        for number, default in enumerate(given.defaults):
            if _is_at(default, lines):
                made.append(_made_in_call(positional[first + number].arg, default, unset))
                given.defaults[number] = _name(unset)
        for number, (one, other) in enumerate(
            zip(given.kwonlyargs, given.kw_defaults, strict=True)
        ):
            if other is not None and _is_at(other, lines):
                made.append(_made_in_call(one.arg, other, unset))
                given.kw_defaults[number] = _name(unset)
        told = 1 if ast.get_docstring(node, clean=False) is not None else 0
        node.body[told:told] = made
    if unset != "None" and isinstance(tree, ast.Module):
        told = 1 if ast.get_docstring(tree, clean=False) is not None else 0
        while told < len(tree.body) and isinstance(tree.body[told], ast.ImportFrom):
            told += 1  # of the future, perhaps
        tree.body.insert(told, ast.parse(f"{unset} = object()").body[0])


def _made_in_call(name: str, default: ast.expr, unset: str) -> ast.stmt:
    test = ast.Compare(ast.Name(name, ast.Load()), [ast.Is()], [_name(unset)])
    value = ast.Assign([ast.Name(name, ast.Store())], copy.deepcopy(default))
    return ast.If(test, [value], [])


def _name(text: str) -> ast.expr:
    return ast.Constant(None) if text == "None" else ast.Name(text, ast.Load())


def _without_print(tree: ast.AST, lines: Collection[int]) -> None:
    for body in _bodies(tree):
        _keep(body, [one for one in body if not (_prints(one) and _is_at(one, lines))])


def _prints(one: ast.stmt) -> bool:
    match one:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print" | "pprint"))):
            return True
    return False


def _asserted(tree: ast.AST, lines: Collection[int]) -> None:
    """`assert (it, "why")` as `assert it, "why"`."""
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=ast.Tuple(elts=[test, why])) if _is_at(node, lines):
                node.test, node.msg = test, why


def _raised(tree: ast.AST, lines: Collection[int]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "NotImplemented" and _is_at(node, lines):
            node.id = "NotImplementedError"


def _equal(tree: ast.AST, lines: Collection[int]) -> None:
    """`is 0` as `== 0`."""
    known: Mapping[type[ast.cmpop], type[ast.cmpop]] = {ast.Is: ast.Eq, ast.IsNot: ast.NotEq}
    _compared(tree, lines, known)


def _identical(tree: ast.AST, lines: Collection[int]) -> None:
    """`== True` as `is True`."""
    known: Mapping[type[ast.cmpop], type[ast.cmpop]] = {ast.Eq: ast.Is, ast.NotEq: ast.IsNot}
    _compared(tree, lines, known)


def _compared(
    tree: ast.AST, lines: Collection[int], known: Mapping[type[ast.cmpop], type[ast.cmpop]]
) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and _is_at(node, lines):
            node.ops = [known.get(type(one), type(one))() for one in node.ops]


class _Truth(ast.NodeTransformer):
    """`it == True` as `it`, `it == False` as `not it`."""

    def __init__(self, lines: Collection[int]) -> None:
        self._lines = lines

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Compare(ops=[ast.Eq() | ast.NotEq() as way], comparators=[right]):
                value = right.value if isinstance(right, ast.Constant) else None
                if isinstance(value, bool) and _is_at(node, self._lines):
                    plain = value is isinstance(way, ast.Eq)
                    return node.left if plain else ast.UnaryOp(ast.Not(), node.left)
        return node


def _true(tree: ast.AST, lines: Collection[int]) -> None:
    _Truth(lines).visit(tree)


def _after_finally(tree: ast.AST, lines: Collection[int]) -> None:
    """A `return` that ends a `finally` comes after it."""
    for body in _bodies(tree):
        for number, one in enumerate(list(body)):
            if isinstance(one, ast.Try) and one is body[-1] and one.finalbody:
                last = one.finalbody[-1]
                if isinstance(last, ast.Return) and _is_at(last, lines):
                    one.finalbody[-1:] = [] if len(one.finalbody) > 1 else [ast.Pass()]
                    body.insert(number + 1, last)


def _exception(tree: ast.AST, lines: Collection[int]) -> None:
    """`except:` as `except Exception:`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None and node.lineno in lines:
            node.type = ast.Name("Exception", ast.Load())


def _last_of_each_key(tree: ast.AST, lines: Collection[int]) -> None:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Dict) or not _is_at(node, lines):
            continue
        last = {ast.dump(key): at for at, key in enumerate(node.keys) if key is not None}
        kept = [
            (key, value)
            for at, (key, value) in enumerate(zip(node.keys, node.values, strict=True))
            if key is None or last[ast.dump(key)] == at
        ]
        node.keys, node.values = [key for key, _ in kept], [value for _, value in kept]


def _without_unused(tree: ast.AST, lines: Collection[int]) -> None:
    """Imports of the standard library, which do nothing but give names."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for body in _bodies(tree):
        for one in body:
            if isinstance(one, ast.Import | ast.ImportFrom) and _is_at(one, lines):
                one.names = [each for each in one.names if not _is_idle(each, one, used)]
        _keep(body, [one for one in body if getattr(one, "names", True)])


def _is_idle(one: ast.alias, of: ast.Import | ast.ImportFrom, used: Collection[str]) -> bool:
    module = one.name if isinstance(of, ast.Import) else of.module or ""
    name = (one.asname or one.name).partition(".")[0]
    is_plain = module.partition(".")[0] in sys.stdlib_module_names and module not in _DO_MORE
    return name not in used and is_plain and not getattr(of, "level", 0)


def _bound_early(tree: ast.AST, lines: Collection[int]) -> None:
    """A function that is made in a loop keeps the value that the loop's variable had then."""
    for loop in ast.walk(tree):
        targets = [one.target for one in getattr(loop, "generators", [])]
        targets += [loop.target] if isinstance(loop, ast.For | ast.AsyncFor) else []
        names = {one.id for target in targets for one in ast.walk(target) if _is_name(one)}
        for function in ast.walk(loop) if names else ():
            if isinstance(function, ast.Lambda | Function):
                _bind(function, names, lines)


def _bind(function: ast.Lambda | Function, names: Collection[str], lines: Collection[int]) -> None:
    given = function.args
    own = {one.arg for one in ast.walk(given) if isinstance(one, ast.arg)}
    used = {one.id for one in ast.walk(function) if _is_name(one) and _is_at(one, lines)}
    for name in sorted(used & set(names) - own):
        given.kwonlyargs.append(ast.arg(name))
        given.kw_defaults.append(_name(name))


def _is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def _last_of_each_name(tree: ast.AST, lines: Collection[int]) -> None:
    """Of functions the one that counts, where to make the others does nothing else."""
    for body in _bodies(tree):
        for again in [one for one in body if isinstance(one, Function) and one.lineno in lines]:
            earlier = body[: body.index(again)]
            idle = [one for one in earlier if _only_defines(one, again.name)]
            _keep(body, [one for one in body if one not in idle])


def _only_defines(one: ast.stmt, name: str) -> bool:
    if not isinstance(one, Function) or one.name != name or one.decorator_list:
        return False
    defaults = [*one.args.defaults, *one.args.kw_defaults]
    return all(each is None or isinstance(each, ast.Constant) for each in defaults)


def _keep(body: list[ast.stmt], kept: list[ast.stmt]) -> None:
    body[:] = kept or (body and [ast.Pass()])


def _bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    names = ("body", "orelse", "finalbody")
    found = [getattr(node, name, None) for node in ast.walk(tree) for name in names]
    return [one for one in found if isinstance(one, list)]


def _is_at(node: ast.AST, lines: Collection[int]) -> bool:
    first = getattr(node, "lineno", 0)
    last = getattr(node, "end_lineno", None) or first
    return any(first <= line <= last for line in lines)


_FRESH = (partial(_fresh_defaults, "None"), partial(_fresh_defaults, UNSET))
_REWRITINGS: Mapping[str, Sequence[Rewriting]] = {
    "B006": _FRESH,
    "B008": _FRESH,
    "B012": (_after_finally,),
    "B023": (_bound_early,),
    "E721": (_identical,),
    "E722": (_exception,),
    "E712": (_identical, _true, _as_it_is),
    "F401": (_without_unused, _as_it_is),
    "F601": (_last_of_each_key, _as_it_is),
    "F811": (_last_of_each_name, _as_it_is),
    "F631": (_asserted,),
    "F632": (_equal,),
    "F901": (_raised,),
    "T201": (_without_print,),
    "T203": (_without_print,),
}
"""For each rule the ways in which it is done, the usual one first."""
