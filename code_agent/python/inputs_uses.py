"""What kind of value a parameter takes, told by what a function does with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from code_agent.python.constants import number_of
from code_agent.python.functions import Function, dotted
from code_agent.python.inputs_shapes import (
    ANY,
    BOOL,
    INT,
    NONE,
    NUMBER,
    SEQUENCE,
    SIZED,
    STR,
    Kind,
    Shape,
    shape_of_annotation,
    shape_of_name,
    shape_of_value,
    union,
)
from code_agent.python.inputs_signs import CALLED_WITH, KINDS, METHODS, SHARED_METHODS

DEEPEST = 4
MOST_TOLD = 12
_ANYTHING = (NUMBER, STR, Shape("list", (INT,)))
_WHOLE = ast.Mod | ast.BitAnd | ast.BitOr | ast.LShift | ast.RShift


@dataclass
class Uses:
    """Within one function. `functions` are those of its module, which it may hand its own to."""

    function: ast.AST
    functions: Mapping[str, Function] = field(default_factory=dict)
    depth: int = 0

    def of(self, subject: str) -> Shape:
        """Of an expression, such as a name or `row['price']`, as it is written."""
        if self.depth > DEEPEST:
            return ANY
        signs = [one for one in self._signs(subject) if one != ANY]
        if fields := self._fields(subject):
            signs = [one for one in signs if one.kind not in ("sequence", "sized", "dict")]
            signs.append(fields)
        clear = [one for one in signs if not one.is_vague]
        if any(one.kind == "str" for one in clear):
            clear = [one for one in clear if one.kind not in ("list", "tuple")]
        if any(one.kind in ("dict", "record") for one in clear):
            clear = [one for one in clear if one.kind != "list"]  # of its keys
        has_more = any(one not in (NONE, INT, NUMBER) for one in clear)
        if has_more and any(one.kind in ("list", "str", "tuple", "dict", "set") for one in clear):
            clear = [one for one in clear if one not in (INT, NUMBER)]
        if [one for one in clear if one != NONE]:
            return union([*_one_of_a_kind(clear), self._told_apart(subject)])
        vague = [one for one in (SEQUENCE, SIZED) if one in signs][:1]
        if not vague and not clear and self._is_tested(subject):
            return BOOL
        return union([*(vague or (_ANYTHING if clear else ())), *clear])

    def _is_tested(self, subject: str) -> bool:
        """Nothing is known of it but that it is true or false; its name does not say either."""
        if shape_of_name(re.split(r"\W+", subject.strip("]'\""))[-1]) != ANY:
            return False
        for node in ast.walk(self.function):
            match node:
                case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                    parts = test.values if isinstance(test, ast.BoolOp) else [test]
                    bare = [one.operand if isinstance(one, ast.UnaryOp) else one for one in parts]
                    if any(_is(one, subject) for one in bare):
                        return True
        return False

    def _told_apart(self, subject: str) -> Shape:
        """The values that it is compared with."""
        found: dict[str, None] = {}
        for node in ast.walk(self.function):
            if isinstance(node, ast.Compare):
                parts = [node.left, *node.comparators]
                if any(_is(one, subject) for one in parts):
                    found.update(dict.fromkeys(text for one in parts for text in _near(one)))
            elif isinstance(node, ast.Match) and _is(node.subject, subject):
                values = [one for one in ast.walk(node) if isinstance(one, ast.MatchValue)]
                found.update(dict.fromkeys(text for one in values for text in _near(one.value)))
        return Shape("literal", names=tuple(found)[:MOST_TOLD]) if found else ANY

    def _signs(self, subject: str) -> Iterator[Shape]:
        for node in ast.walk(self.function):
            if isinstance(node, ast.Call):
                yield from self._called(node, subject)
            elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                yield from self._iterated(node.target, node.iter, subject)
            elif isinstance(node, ast.BinOp):
                yield from self._reckoned(node, subject)
            elif isinstance(node, ast.Compare):
                yield from self._compared(node, subject)
            elif isinstance(node, ast.AugAssign) and _is(node.value, subject):
                yield self._begun(node.target)
            elif isinstance(node, ast.AugAssign) and _is(node.target, subject):
                yield NUMBER if shape_of_value(node.value) in (INT, NUMBER) else ANY
            elif isinstance(node, ast.UnaryOp) and _is(node.operand, subject):
                yield NUMBER if isinstance(node.op, ast.USub) else ANY
            elif isinstance(node, ast.Subscript) and _is(node.value, subject):
                is_key = self._is_in(ast.unparse(node.slice), subject)
                yield Shape("dict", (STR, ANY)) if is_key else SEQUENCE
            elif isinstance(node, ast.Slice):
                yield INT if any(_is(one, subject) for one in _within(node)) else ANY
            elif isinstance(node, ast.FormattedValue) and _is(node.value, subject):
                yield NUMBER if node.format_spec and "f'" in ast.unparse(node) else ANY
            elif isinstance(node, ast.Attribute) and _is(node.value, subject):
                yield from (shape for names, shape in METHODS[-3:] if node.attr in names)
            elif isinstance(node, ast.Assign) and _may_be(node.value, subject):
                yield from self._bound(node.targets)
            elif isinstance(node, ast.match_case | ast.Match):
                yield from _matched(node, subject)

    def _is_in(self, key: str, subject: str) -> bool:
        """Whether what it is asked by comes out of it, or is looked for in it."""
        for node in ast.walk(self.function):
            match node:
                case (
                    ast.For(target=target, iter=over) | ast.comprehension(target=target, iter=over)
                ):
                    if _is(over, subject) and ast.unparse(target) == key:
                        return True
                case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[other]):
                    if _is(other, subject) and ast.unparse(left) == key:
                        return True
        return False

    def _called(self, node: ast.Call, subject: str) -> Iterator[Shape]:
        if _is(node.func, subject):
            yield Shape("callable")
        if isinstance(node.func, ast.Attribute) and _is(node.func.value, subject):
            yield from self._method(node.func.attr, subject)
        for place, one in enumerate(node.args):
            if _is(one, subject):
                yield self._given(node, place)
            elif isinstance(one, ast.Starred) and _is(one.value, subject):
                yield SEQUENCE

    def _method(self, name: str, subject: str) -> Iterator[Shape]:
        known = [shape for names, shape in METHODS if name in names]
        if known and known[0].kind == "dict":
            yield self._dict(subject)
        elif known:
            yield known[0]
        elif name in SHARED_METHODS:
            yield SEQUENCE

    def _dict(self, subject: str) -> Shape:
        """With what its keys and values are used for, in a loop over both."""
        for node in ast.walk(self.function):
            if isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Call):
                called = node.iter.func
                if isinstance(called, ast.Attribute) and _is(called.value, subject):
                    of = self._elements(node.target)
                    if called.attr == "items" and of.kind == "tuple" and len(of.of) == 2:
                        key, value = of.of
                        return Shape("dict", (STR if key == ANY else key, value))
                    if called.attr == "values":
                        return Shape("dict", (STR, of))
        return Shape("dict", (STR, ANY))

    def _given(self, node: ast.Call, place: int) -> Shape:
        name = dotted(node.func)
        last = name.rpartition(".")[2] or (
            node.func.attr if isinstance(node.func, ast.Attribute) else ""
        )
        if name == "isinstance" and place == 0 and len(node.args) == 2:
            kinds = node.args[1]
            parts = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
            return union(KINDS.get(dotted(one), ANY) for one in parts)
        if name in self.functions and place < len(self.functions[name].args.args):
            inner = self.functions[name]
            argument = inner.args.args[place]
            if argument.annotation is not None:
                return shape_of_annotation(argument.annotation)
            return Uses(inner, self.functions, self.depth + 1).of(argument.arg)
        if last in ("map", "filter") and place == 0:
            return Shape("callable")
        if last in ("append", "add") or (last in ("min", "max") and len(node.args) > 1):
            return NUMBER if last in ("min", "max") else ANY
        if last in ("split", "startswith", "endswith", "strip", "replace", "find"):
            return STR
        return CALLED_WITH.get(last, ANY)

    def _iterated(self, target: ast.expr, over: ast.expr, subject: str) -> Iterator[Shape]:
        if _is(over, subject):
            yield self._list(target)
        elif isinstance(over, ast.Call):
            name = dotted(over.func)
            for place, one in enumerate(over.args):
                if not _is(one, subject):
                    continue
                if name in ("sorted", "reversed", "list", "set", "tuple", "iter"):
                    yield self._list(target)
                elif name == "enumerate" and isinstance(target, ast.Tuple):
                    yield self._list(target.elts[-1])
                elif name == "zip" and isinstance(target, ast.Tuple):
                    yield from map(self._list, target.elts[place : place + 1])

    def _list(self, target: ast.expr) -> Shape:
        of = self._elements(target)
        return SEQUENCE if of == ANY else Shape("list", (of,))

    def _elements(self, target: ast.expr) -> Shape:
        if isinstance(target, ast.Tuple):
            return Shape("tuple", tuple(self._elements(one) for one in target.elts))
        text = ast.unparse(target)
        found = Uses(self.function, self.functions, self.depth + 1).of(text)
        return shape_of_name(text) if found.is_vague else found

    def _reckoned(self, node: ast.BinOp, subject: str) -> Iterator[Shape]:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if not _is(one, subject):
                continue
            known = shape_of_value(other)
            if isinstance(other, ast.JoinedStr):
                known = STR
            if isinstance(node.op, ast.Mod) and known == STR:
                continue
            if isinstance(node.op, ast.Add) and not known.is_vague:
                yield NUMBER if known in (INT, NUMBER) else known
            else:
                is_whole = isinstance(node.op, _WHOLE) or known == STR
                yield INT if is_whole else NUMBER

    def _compared(self, node: ast.Compare, subject: str) -> Iterator[Shape]:
        parts = [node.left, *node.comparators]
        for number, operator in enumerate(node.ops):
            left, right = parts[number], parts[number + 1]
            if isinstance(operator, ast.In | ast.NotIn):
                if _is(left, subject):
                    found = shape_of_value(right)
                    yield found.of[0] if found.of else (STR if found == STR else ANY)
                if _is(right, subject):
                    yield SEQUENCE
                continue
            for one, other in ((left, right), (right, left)):
                if _is(one, subject):
                    found = shape_of_value(other)
                    is_number = found in (INT, NUMBER)
                    yield NUMBER if is_number and not isinstance(operator, ast.Eq) else found

    def _begun(self, target: ast.expr) -> Shape:
        """What is added to something is of its kind."""
        for node in ast.walk(self.function):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == ast.unparse(target):
                found = shape_of_value(node.value)
                return NUMBER if found in (INT, NUMBER) else found
        return NUMBER

    def _bound(self, targets: Sequence[ast.expr]) -> Iterator[Shape]:
        for target in targets:
            if isinstance(target, ast.Name | ast.Attribute):
                name = ast.unparse(target)
                found = Uses(self.function, self.functions, self.depth + 1).of(name)
                # That the other name may hold nothing is no wonder: so it begins.
                known = found.of if found.kind == "union" else (found,)
                yield ANY if NONE in known else found
            elif isinstance(target, ast.Tuple):
                yield self._elements(target)

    def _fields(self, subject: str) -> Shape | None:
        """The keys by which it is asked, or the attributes that it must have."""
        keys: dict[str, None] = {}
        attributes: dict[str, None] = {}
        for node in ast.walk(self.function):
            match node:
                case ast.Subscript(value=owner, slice=ast.Constant(value=str() as key)):
                    if _is(owner, subject):
                        keys[key] = None
                case ast.Call(
                    func=ast.Attribute(value=owner, attr="get" | "pop" | "setdefault"),
                    args=[ast.Constant(value=str() as key), *_],
                ):
                    if _is(owner, subject):
                        keys[key] = None
                case ast.Compare(left=ast.Constant(value=str() as key), comparators=[owner]):
                    if _is(owner, subject) and keys:
                        keys[key] = None
                case ast.Attribute(value=owner, attr=name):
                    is_known = any(name in names for names, _ in METHODS)
                    if _is(owner, subject) and not is_known and name not in SHARED_METHODS:
                        attributes[name] = None
        if keys:
            return self._with("record", keys, [f"{subject}[{key!r}]" for key in keys])
        if attributes:
            return self._with("object", attributes, [f"{subject}.{name}" for name in attributes])
        return None

    def _with(self, kind: Kind, names: Mapping[str, None], subjects: Sequence[str]) -> Shape:
        inner = Uses(self.function, self.functions, self.depth + 1)
        shapes = [inner.of(one) for one in subjects]
        told = [
            shape_of_name(name) if shape.is_vague else shape
            for name, shape in zip(names, shapes, strict=True)
        ]
        return Shape(kind, tuple(told), tuple(names))


def has_no_kind(shape: Shape) -> bool:
    """Nothing is known of it but whether it is asked if it is true, or there."""
    return shape.kind in ("any", "bool") or set(_ANYTHING) <= set(shape.of)


def shows_kind(function: ast.AST, subject: str) -> bool:
    """Whether it is compared with a text, a list or a bool, or its length is asked for: whoever
    writes that has a certain kind in mind."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Name(id="len" | "isinstance"), args=[owner, *_]):
                if _is(owner, subject):
                    return True
            case ast.Compare(left=left, comparators=others):
                parts = [left, *others]
                if any(_is(one, subject) for one in parts) and any(map(_has_kind, parts)):
                    return True
    return False


def _has_kind(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str() | bytes() | bool()) | ast.List() | ast.Dict() | ast.Tuple():
            return True
    return False


def _is(node: ast.expr, subject: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == subject
    return isinstance(node, ast.Attribute | ast.Subscript) and ast.unparse(node) == subject


def _within(node: ast.AST) -> Iterator[ast.expr]:
    return (one for one in ast.walk(node) if isinstance(one, ast.expr))


def _may_be(node: ast.expr, subject: str) -> bool:
    """As `given` may be what `given or []` is."""
    if isinstance(node, ast.IfExp):
        return _may_be(node.body, subject) or _may_be(node.orelse, subject)
    if isinstance(node, ast.BoolOp):
        return any(_may_be(one, subject) for one in node.values)
    if isinstance(node, ast.Call) and dotted(node.func) in ("list", "tuple", "set", "dict"):
        return any(_may_be(one, subject) for one in node.args)
    return _is(node, subject)


def _near(node: ast.expr) -> Iterator[str]:
    """A constant, and what is next to it; of several each."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for one in parts:
                yield from _near(one)
        case ast.Constant(value=bool() | None | bytes()):
            return
        case ast.Constant(value=str() as text):
            yield repr(text)
        case _:
            value = number_of(node, {})
            if value is not None:
                yield from (repr(one) for one in (value, value + 1, value - 1))


def _matched(node: ast.match_case | ast.Match, subject: str) -> Iterator[Shape]:
    if isinstance(node, ast.Match) and _is(node.subject, subject):
        for one in node.cases:
            for each in ast.walk(one.pattern):
                if isinstance(each, ast.MatchValue):
                    yield shape_of_value(each.value)


def _one_of_a_kind(shapes: Sequence[Shape]) -> Iterator[Shape]:
    """Of several lists the one that says most of what it holds."""
    best: dict[str, Shape] = {}
    for one in shapes:
        known = best.get(one.kind)
        if known is None or (_says(one) > _says(known)):
            best[one.kind] = one
    if "int" in best and "number" in best:
        del best["number"]
    yield from best.values()


def _says(shape: Shape) -> int:
    return sum(1 + _says(one) for one in shape.of if not one.is_vague) + len(shape.names)
