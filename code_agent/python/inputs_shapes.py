"""What kind of value a parameter takes, as far as its annotation, its default or its name tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from code_agent.python.functions import dotted

Plain = Literal["any", "none", "bool", "int", "float", "number", "str", "bytes", "path", "callable"]
Holding = Literal["list", "tuple", "set", "dict", "record", "iterator", "object", "union"]
Special = Literal["date", "datetime", "decimal", "class", "literal", "sequence", "sized"]
Kind = Plain | Holding | Special


@dataclass(frozen=True)
class Shape:
    kind: Kind
    of: tuple[Shape, ...] = ()
    """Of what it holds: one for all, or one for each where that is known."""
    names: tuple[str, ...] = ()
    """Keys of a record, attributes of an object, the name of a class, literals as text."""

    @property
    def is_vague(self) -> bool:
        return self.kind in ("any", "sequence", "sized")


ANY = Shape("any")
NONE = Shape("none")
INT, FLOAT, NUMBER = Shape("int"), Shape("float"), Shape("number")
STR, BOOL, PATH = Shape("str"), Shape("bool"), Shape("path")
SEQUENCE, SIZED = Shape("sequence"), Shape("sized")
_PLAIN: dict[str, Shape] = {
    "None": NONE,
    "bool": BOOL,
    "int": INT,
    "date": Shape("date"),
    "datetime": Shape("datetime"),
    "Decimal": Shape("decimal"),
    **dict.fromkeys(("float", "complex"), FLOAT),
    **dict.fromkeys(("Number", "Real"), NUMBER),
    **dict.fromkeys(("str", "AnyStr", "LiteralString"), STR),
    **dict.fromkeys(("Path", "PurePath"), Shape("path", names=("Path",))),
    **dict.fromkeys(("PathLike", "StrPath"), PATH),
    **dict.fromkeys(("bytes", "bytearray"), Shape("bytes")),
}
_LISTS = frozenset(
    {
        *("list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "Container"),
        *("Sized", "Reversible", "deque", "Deque"),
    }
)
_ITERATORS = frozenset({"Iterator", "Generator"})
_SETS = frozenset({"set", "Set", "frozenset", "FrozenSet", "AbstractSet", "MutableSet"})
_DICTS = frozenset(
    {
        *("dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict"),
        *("OrderedDict", "Counter"),
    }
)
_WRAPPERS = frozenset({"Final", "Annotated", "Required", "NotRequired", "ClassVar"})
_NAMED: tuple[tuple[str, Shape], ...] = (
    (r"(is|has|should|use|with|allow|include)_\w+|verbose|strict|reverse|flag|quiet|force", BOOL),
    (r"(\w+_)?(path|file|filename|filepath|folder|directory)", PATH),
    (r"(\w+_)?(fn|func|function|callback|predicate|handler|key_func|factory)", Shape("callable")),
    (
        r"(\w+_)?(words|names|lines|strings|texts|tags|keys|columns|parts|tokens|labels|paths)",
        Shape("list", (STR,)),
    ),
    (
        r"(\w+_)?(numbers|nums|prices|amounts|scores|totals|counts|ages|weights|sizes|grades)",
        Shape("list", (NUMBER,)),
    ),
    (r"(\w+_)?(matrix|grid|rows|table)", Shape("list", (Shape("list", (INT,)),))),
    (r"(\w+_)?(list|items|values|elements|data|seq|sequence|array|arr|xs|lst|entries)", SEQUENCE),
    (
        r"(\w+_)?(dict|mapping|options|config|settings|table|lookup|headers|record|row)",
        Shape("dict", (STR, ANY)),
    ),
    (
        r"(\w+_)?(text|string|str|s|name|word|line|title|message|msg|sentence|char|ch|letter|key"
        r"|prefix|suffix|sep|separator|delimiter|label|email|url|username|password|color|status"
        r"|unit|code|mode|kind|category|greeting|language|currency|command|op|operator|country)",
        STR,
    ),
    (
        r"(\w+_)?(n|m|i|j|k|count|num|size|index|idx|limit|length|width|height|depth|age|year|month"
        r"|day|days|hours?|minutes|seconds|times|start|stop|end|step|quantity|offset|position"
        r"|level|points|number|id|low|high|minimum|maximum|size_bytes)",
        INT,
    ),
    (
        r"(\w+_)?(price|rate|amount|ratio|total|score|weight|value|x|y|z|a|b|c|distance|balance|tax"
        r"|discount|speed|temperature|percent|percentage|factor|radius|cost|salary|income)",
        NUMBER,
    ),
)


def shape_of_name(name: str) -> Shape:
    for pattern, shape in _NAMED:
        if re.fullmatch(pattern, name.lower()):
            return shape
    return ANY


def shape_of_value(node: ast.expr | None) -> Shape:
    """Of a default, or of what something is compared with."""
    match node:
        case ast.Constant(value=bool()):
            return BOOL
        case ast.Constant(value=int()):
            return INT
        case ast.Constant(value=float()):
            return NUMBER
        case ast.Constant(value=str()):
            return STR
        case ast.Constant(value=bytes()):
            return Shape("bytes")
        case ast.Constant(value=None):
            return NONE
        case ast.List(elts=elements) | ast.Set(elts=elements):
            kind: Kind = "list" if isinstance(node, ast.List) else "set"
            return Shape(kind, (union(map(shape_of_value, elements)),))
        case ast.Tuple(elts=elements):
            return Shape("list", (union(map(shape_of_value, elements)),))
        case ast.Dict(keys=keys, values=values):
            of = (union(map(shape_of_value, keys)), union(map(shape_of_value, values)))
            return Shape("dict", of)
        case ast.UnaryOp(operand=operand):
            return shape_of_value(operand)
    return ANY


def union(shapes: Iterable[Shape]) -> Shape:
    """`any` where nothing is known."""
    found: list[Shape] = []
    for one in shapes:
        found += one.of if one.kind == "union" else [one]
    found = list(dict.fromkeys(one for one in found if one != ANY))
    if INT in found and NUMBER in found:
        found.remove(INT)
    if not found:
        return ANY
    return found[0] if len(found) == 1 else Shape("union", tuple(found))


def shape_of_annotation(node: ast.expr | None, classes: Collection[str] = ()) -> Shape:
    """`classes` are those of the module, which are made by their own parameters."""
    match node:
        case None:
            return ANY
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            try:
                return shape_of_annotation(ast.parse(text.strip(), mode="eval").body, classes)
            except (SyntaxError, ValueError):
                return ANY
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return union(shape_of_annotation(one, classes) for one in (left, right))
        case ast.Subscript(value=owner, slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _subscripted(dotted(owner).rpartition(".")[2], parts, classes)
    name = dotted(node).rpartition(".")[2]
    if name in classes:
        return Shape("class", names=(name,))
    return _PLAIN.get(name) or _subscripted(name, [], classes)


def _subscripted(name: str, parts: list[ast.expr], classes: Collection[str]) -> Shape:
    if name == "Literal":
        return Shape("literal", names=tuple(ast.unparse(one) for one in parts))
    if name == "Callable":
        return Shape("callable", (shape_of_annotation(parts[-1], classes),) if parts else ())
    of = [shape_of_annotation(one, classes) for one in parts if not _is_dots(one)]
    if name == "Optional":
        return union([*of, NONE])
    if name == "Union":
        return union(of)
    if name in _WRAPPERS:
        return of[0] if of else ANY
    first = of[0] if of else ANY
    if name in _LISTS:
        return Shape("list", (first,))
    if name in _ITERATORS:
        return Shape("iterator", (first,))
    if name in _SETS:
        return Shape("set", (first,))
    if name in _DICTS:
        second = of[1] if len(of) > 1 else (INT if name == "Counter" else ANY)
        return Shape("dict", (first if of else STR, second))
    if name in ("tuple", "Tuple"):
        has_dots = any(_is_dots(one) for one in parts)
        return Shape("list", (first,), ("tuple",)) if has_dots or not of else Shape("tuple", (*of,))
    return ANY


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
