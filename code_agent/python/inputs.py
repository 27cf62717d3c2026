"""Calls to try a function or a class of a module with, as Python text.

They come from annotations, defaults, names and uses, from the literals that the code and its tests
hold, and from a seed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from random import Random

from code_agent.python.constants import compared_in, constants_of, reckoned_in, sizes_in
from code_agent.python.functions import Function
from code_agent.python.inputs_calls import Call, Given, Step, step_of
from code_agent.python.inputs_known import calls_in, literals_in
from code_agent.python.inputs_long import long_values
from code_agent.python.inputs_shapes import (
    ANY,
    INT,
    NONE,
    NUMBER,
    STR,
    Shape,
    shape_of_annotation,
    shape_of_name,
    shape_of_value,
    union,
)
from code_agent.python.inputs_uses import Uses, has_no_kind, shows_kind
from code_agent.python.inputs_values import DEEPEST, Values, crossed
from code_agent.python.parameters import Parameter, called_with, made_with
from code_agent.python.public import decorators_of
from code_agent.python.source import parsed
from code_agent.python.symbols import definitions

LONGEST = 5
"""So many methods are called on one object at most."""
MANY = 60
"""From so many calls on, some are spent on what is odd."""
MOST_LONG, MOST_READ = 8, 8
"""Of one parameter; of all together."""
FALSE = ("None", "0", "0.0", "''", "[]", "{}", "False")
_SEVERAL = ("list", "str", "dict", "set", "tuple", "sequence")
_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
_NEVER_MADE = frozenset({"Protocol", "ABC", "TypedDict"}) | _ENUMS
_CALLED_BY_SYNTAX = frozenset(
    {
        *("__len__", "__bool__", "__str__", "__repr__", "__iter__", "__next__", "__contains__"),
        *("__getitem__", "__setitem__", "__delitem__", "__eq__", "__lt__", "__le__", "__gt__"),
        *("__ge__", "__add__", "__sub__", "__mul__", "__call__", "__hash__", "__reversed__"),
    }
)


def calls_for(
    source: str, name: str, seed: int, count: int, *, tests: str = "", other: str = ""
) -> list[Call]:
    """For a function or a class of `source` by its name. `other` is another version of the source,
    whose literals are tried, too. None for what cannot be called from outside."""
    return Inputs(source, seed, tests, other).calls(name, count)


@dataclass(frozen=True)
class Inputs:
    source: str
    seed: int = 0
    tests: str = ""
    other: str = ""

    def calls(self, name: str, count: int) -> list[Call]:
        node = self._nodes.get(name)
        if node is None:
            return []
        random = Random(f"{self.seed} {name}")  # noqa: S311  inputs, not secrets
        literals, numbers = self._literals(name), self._compared(name)
        values = Values(random, literals, lambda one, depth: self._made(one, depth), numbers)
        if isinstance(node, ast.ClassDef):
            found = list(self._sequences(name, node, values, count))
            last = list(self._long_sequences(name, node, values))
            reading: Iterator[Call] = iter(())
        else:
            given = self._parameters(node, name.rpartition(".")[0])
            steps = [*self._known(name), *self._steps(name, given, values, count)]
            found = [Call(name, (step,)) for step in steps]
            reading = self._reading(name, given, values) if count >= MANY else iter(())
            odd = self._odd_steps(name, given, values) if count >= MANY else ()
            last = [Call(name, (step,), odd=True) for step in odd]
            last += [Call(name, (step,)) for step in self._long_steps(name, given, values)]
        last = [*last[: count // 4], *reading]
        return [*list(dict.fromkeys(found))[: count - len(last)], *last]

    @cached_property
    def _tree(self) -> ast.Module:
        return parsed(self.source)

    @cached_property
    def _nodes(self) -> Mapping[str, Function | ast.ClassDef]:
        return dict(definitions(self._tree))

    @cached_property
    def _functions(self) -> Mapping[str, Function]:
        return {name: one for name, one in self._nodes.items() if isinstance(one, Function)}

    @cached_property
    def _classes(self) -> frozenset[str]:
        return frozenset(name for name, one in self._nodes.items() if isinstance(one, ast.ClassDef))

    def _literals(self, name: str) -> list[str]:
        """Its own first, then those of what is beside it."""
        nodes = self._nodes_of(name)
        found = [one for node in nodes for one in literals_in(node)]
        reckoned = [repr(one) for node in nodes for one in reckoned_in(node, self._constants)]
        return list(dict.fromkeys([*found, *reckoned]))

    def _compared(self, name: str) -> list[float]:
        found = (one for node in self._nodes_of(name) for one in compared_in(node, self._constants))
        return list(dict.fromkeys(one for one in found if math.isfinite(one)))

    @cached_property
    def _sizes(self) -> Sequence[int]:
        """The longest first: it shows most."""
        trees = [self._tree, *([parsed(self.other)] if self.other else [])]
        found = {one for tree in trees for one in sizes_in(tree, self._constants)}
        return sorted(found, reverse=True)

    def _nodes_of(self, name: str) -> list[ast.AST]:
        """What has that name in the other version and in this one; then both of them whole."""
        there = (self._others, self._nodes)
        own = [nodes[name] for nodes in there if name in nodes]
        return [*own, *([parsed(self.other)] if self.other else []), self._tree]

    @cached_property
    def _others(self) -> Mapping[str, Function | ast.ClassDef]:
        return dict(definitions(parsed(self.other))) if self.other else {}

    @cached_property
    def _constants(self) -> Mapping[str, float]:
        other = constants_of(parsed(self.other)) if self.other else {}
        return {**other, **constants_of(self._tree)}

    def _known(self, name: str) -> list[Step]:
        last = name.rpartition(".")[2]
        return [Step(name, one.args, one.keywords) for one in calls_in(self._told, last)]

    @cached_property
    def _told(self) -> str:
        return f"{self.source}\n\n{self.tests}"

    def _parameters(self, node: Function | ast.ClassDef, within: str) -> list[Given]:
        if isinstance(node, ast.ClassDef):
            found = self._made_with(node)
            body: ast.AST = node
        else:
            found, body = called_with(node, in_class=bool(within)), node
        return [Given(one, self._shape(one, body)) for one in found]

    def _made_with(self, node: ast.ClassDef) -> list[Parameter]:
        found = made_with(node)
        if found is not None:
            return found
        for base in node.bases:
            known = self._nodes.get(ast.unparse(base))
            if isinstance(known, ast.ClassDef) and known is not node:
                return self._made_with(known)
        return [
            Parameter(one.target.id, "positional or keyword", one.annotation, one.value)
            for one in node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        ]

    def _shape(self, one: Parameter, body: ast.AST) -> Shape:
        said = shape_of_annotation(one.annotation, self._classes)
        used = self._as_class(Uses(body, self._functions).of(one.name))
        if said.kind == "dict" and used.kind == "record":
            said = used
        if said == ANY or (said.kind == used.kind and _is_vague(said)):
            said = used
        by_default, by_name = shape_of_value(one.default), shape_of_name(one.name)
        if said.is_vague and by_default not in (ANY, NONE):
            said = by_default
        elif said == ANY or (said.is_vague and by_name.kind in _SEVERAL):
            said = by_name
        elif by_name == STR == (said.of or (ANY,))[0] and said.kind == "list":
            said = STR  # letters, and not a list of them
        elif said == NUMBER and by_name == INT and one.annotation is None:
            said = INT
        may_be_none = isinstance(one.default, ast.Constant) and one.default.value is None
        return union([said, NONE]) if may_be_none and said != ANY else said

    def _as_class(self, shape: Shape) -> Shape:
        """An object of which is asked what a class of the module has is one of that."""
        if shape.kind == "object":
            for name, members in self._members.items():
                if members.issuperset(shape.names):
                    return Shape("class", names=(name,))
        return replace(shape, of=tuple(map(self._as_class, shape.of)))

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        return {
            name: frozenset(_members(node))
            for name, node in self._nodes.items()
            if isinstance(node, ast.ClassDef)
        }

    def _steps(
        self, name: str, given: Sequence[Given], values: Values, count: int
    ) -> Iterator[Step]:
        """The usual; then one parameter at a time through what it may be; then any."""
        pools = [values.of(one.shape) for one in given]
        usual = [pool[0] for pool in pools]
        if not given:
            yield Step(name)
            return
        yield step_of(name, given, usual, values.random, whole=True)
        yield step_of(name, given, usual, values.random, whole=False)
        for place in range(min(max(map(len, pools)), max(8, count // (2 * len(pools))))):
            for number, pool in enumerate(pools):
                if place < len(pool):
                    chosen = [*usual[:number], pool[place], *usual[number + 1 :]]
                    yield step_of(name, given, chosen, values.random, whole=True)
        for among in crossed(values.random, [one.shape for one in given], pools):
            yield step_of(name, given, among, values.random, whole=True)
        for number in range(3 * count):
            chosen = [values.random.choice(pool) for pool in pools]
            yield step_of(name, given, chosen, values.random, whole=number % 3 != 0)

    def _long_steps(self, name: str, given: Sequence[Given], values: Values) -> Iterator[Step]:
        for number, one in enumerate(given):
            if not one.parameter.way.startswith("*"):
                texts = long_values(one.shape, self._sizes, lambda each: values.of(each, 1))
                for text in islice(texts, MOST_LONG):
                    yield self._with(name, given, values, number, text)

    def _odd_steps(self, name: str, given: Sequence[Given], values: Values) -> Iterator[Step]:
        """What is false in other ways, where nothing says of which kind it may be."""
        nodes = [nodes[name] for nodes in (self._others, self._nodes) if name in nodes]
        for number, one in enumerate(given):
            parameter = one.parameter
            default = parameter.default
            has_kind = parameter.annotation is not None or not has_no_kind(one.shape)
            if (
                has_kind
                or parameter.way.startswith("*")
                or (default is not None and not _is_none(default))
            ):
                continue
            if not any(shows_kind(node, parameter.name) for node in nodes):
                for text in FALSE:
                    yield self._with(name, given, values, number, text)

    def _reading(self, name: str, given: Sequence[Given], values: Values) -> Iterator[Call]:
        """With iterators, where something that can be gone through may be one. The longest are
        seldom read to their end."""
        taken = [(number, one) for number, one in enumerate(given) if one.parameter.way[0] != "*"]
        for number, one in taken:
            said = one.parameter.annotation
            is_said = said is not None and "Iterable" in ast.unparse(said)
            if said is None or is_said:
                lists = [text for text in values.of(one.shape) if text[0] == "[" and "," in text]
                for text in sorted(lists, key=len, reverse=True)[: MOST_READ // len(taken)]:
                    step = self._with(name, given, values, number, f"iter({text})")
                    yield Call(name, (step,), odd=True, reading=not is_said)

    def _with(
        self, name: str, given: Sequence[Given], values: Values, number: int, text: str
    ) -> Step:
        """All as usual but for one."""
        chosen = [values.of(one.shape)[0] for one in given]
        chosen[number] = text
        return step_of(name, given, chosen, values.random, whole=True)

    def _made(self, name: str, depth: int) -> list[str]:
        node = self._nodes.get(name)
        if not isinstance(node, ast.ClassDef) or depth > DEEPEST:
            return []
        bases = {ast.unparse(one).rpartition(".")[2] for one in node.bases}
        if bases & _ENUMS:
            members = [one for one in node.body if isinstance(one, ast.Assign)]
            return [f"m.{name}.{ast.unparse(one.targets[0])}" for one in members]
        if bases & _NEVER_MADE:
            return []
        random = Random(f"{self.seed} {name} {depth}")  # noqa: S311  inputs, not secrets
        values = Values(random, (), lambda one, _: self._made(one, depth + 1))
        return [
            f"m.{one.shown}" for one in self._steps(name, self._parameters(node, ""), values, 5)
        ]

    def _sequences(
        self, name: str, node: ast.ClassDef, values: Values, count: int
    ) -> Iterator[Call]:
        bases = {ast.unparse(one).rpartition(".")[2] for one in node.bases}
        if bases & _NEVER_MADE:
            return
        makers = list(self._steps(name, self._parameters(node, ""), values, count))
        methods = dict(self._methods(name, node, values, count))
        for step in makers[: count // 3]:
            reading = [one[0] for one in methods.values() if one[0].gets]
            yield Call(name, (step, *reading))
        for number in range(max(6, count // (3 * len(methods))) if methods else 0):
            for steps in methods.values():
                after = methods[values.random.choice(list(methods))][0]
                maker = makers[number % len(makers)]
                yield Call(name, (maker, steps[number % len(steps)], after))
        for _ in range(count if methods else 0):
            chosen = [values.random.choice(list(methods)) for _ in range(LONGEST)]
            steps = [values.random.choice(methods[one][:12]) for one in chosen]
            maker = values.random.choice(makers[: 6 if values.random.random() < 0.5 else 40])
            yield Call(name, (maker, *steps))

    def _long_sequences(self, name: str, node: ast.ClassDef, values: Values) -> Iterator[Call]:
        usual = next(iter(self._sequences(name, node, values, LONGEST)), None)
        if usual is None:
            return
        for step in self._long_steps(name, self._parameters(node, ""), values):
            yield Call(name, (step, *usual.steps[1:]))
        for one in node.body:
            if isinstance(one, Function) and not one.name.startswith("_"):
                given = [
                    Given(each, self._shape(each, one)) for each in called_with(one, in_class=True)
                ]
                for step in self._long_steps(one.name, given, values):
                    yield Call(name, (usual.steps[0], step))

    def _methods(
        self, name: str, node: ast.ClassDef, values: Values, count: int
    ) -> Iterator[tuple[str, list[Step]]]:
        """Those of its bases, too, as far as they are in the module."""
        for base in node.bases:
            known = self._nodes.get(ast.unparse(base))
            if isinstance(known, ast.ClassDef) and known is not node:
                yield from self._methods(name, known, values, count)
        for one in node.body:
            if not isinstance(one, Function):
                continue
            if one.name.startswith("_") and one.name not in _CALLED_BY_SYNTAX:
                continue
            decorators = set(decorators_of(one))
            if decorators & {"setter", "deleter", "abstractmethod", "overload"}:
                continue
            if decorators & {"property", "cached_property"}:
                yield one.name, [Step(one.name, gets=True)]
                continue
            given = [
                Given(each, self._shape(each, one)) for each in called_with(one, in_class=True)
            ]
            yield (
                one.name,
                [*self._known(one.name), *self._steps(one.name, given, values, count // 3)],
            )


def _members(node: ast.ClassDef) -> Iterator[str]:
    for one in ast.walk(node):
        match one:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_vague(shape: Shape) -> bool:
    return all(one.is_vague for one in shape.of)
