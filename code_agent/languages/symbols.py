"""The functions, methods, classes and types that source defines, and where each one stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from code_agent.languages.parsing import Parsed, nodes, parse
from code_agent.languages.shapes import SHAPES, Kind, Shape
from code_agent.languages.which import Language

if TYPE_CHECKING:
    import tree_sitter

NAME_LENGTH = 200
PARENT_LENGTH = 500
_NAME_FIELDS = ("name", "property", "left")


@dataclass(frozen=True)
class Symbol:
    name: str
    kind: Kind
    start_line: int
    """Of its first decorator or attribute; lines are counted from 1."""
    end_line: int
    start_byte: int
    """Where it begins in `encoded(source)`."""
    end_byte: int
    body_byte: int
    """Where what it is called and takes ends, and what it does begins."""
    parent: str = ""
    """What it stands in, with dots where that stands in something else."""

    @property
    def full_name(self) -> str:
        return f"{self.parent}.{self.name}" if self.parent else self.name


def symbols(language: Language, source: str) -> list[Symbol]:
    """In the order in which they begin. `Unparsed` where that cannot be told."""
    return symbols_of(parse(language, source))


def symbols_of(parsed: Parsed) -> list[Symbol]:
    return [symbol for symbol, _ in definitions_of(parsed)]


def definitions_of(parsed: Parsed) -> list[tuple[Symbol, int]]:
    """Each symbol, and where its own name stands."""
    reading = _Reading(parsed, SHAPES[parsed.language])
    for node, depth in nodes(parsed.tree):
        reading.come_to(node, depth)
    return reading.found


@dataclass(frozen=True)
class _Scope:
    depth: int
    name: str
    has_methods: bool


@dataclass
class _Reading:
    """What is known at one place of the source from all that came before it."""

    parsed: Parsed
    shape: Shape
    found: list[tuple[Symbol, int]] = field(default_factory=list)
    _scopes: list[_Scope] = field(default_factory=list)
    _wrappers: list[tuple[int, tree_sitter.Node]] = field(default_factory=list)
    _lead: tuple[int, tree_sitter.Node] | None = None

    def come_to(self, node: tree_sitter.Node, depth: int) -> None:
        self._leave(depth)
        kind = self._kind(node)
        if kind is not None:
            self._define(node, depth, kind)
        elif node.type in self.shape.modules:
            self._enter(depth, self._name(node)[0], has_methods=False)
        elif node.type in self.shape.bodies:
            self._enter(depth, _plain_type(self.parsed, node, "type"), has_methods=True)
        self._remember(node, depth)

    def _leave(self, depth: int) -> None:
        while self._scopes and self._scopes[-1].depth >= depth:
            self._scopes.pop()
        while self._wrappers and self._wrappers[-1][0] >= depth:
            self._wrappers.pop()

    def _remember(self, node: tree_sitter.Node, depth: int) -> None:
        """A node that may belong to the next definition is kept for that."""
        if node.type in self.shape.leads:
            if self._lead is None or self._lead[0] != depth:
                self._lead = (depth, node)
        elif self._lead is not None and depth <= self._lead[0] and _stands_for_itself(node):
            self._lead = None
        if node.type in self.shape.wrappers and _holds_one(node):
            self._wrappers.append((depth, node))

    def _kind(self, node: tree_sitter.Node) -> Kind | None:
        kind = self.shape.defines.get(node.type)
        if kind is None and node.type in self.shape.holds:
            value = node.child_by_field_name("value") or node.child_by_field_name("right")
            if value is not None and value.type in self.shape.values:
                return "class" if value.type == "class" else self.shape.holds[node.type]
        return kind

    def _define(self, node: tree_sitter.Node, depth: int, kind: Kind) -> None:
        name, name_byte = self._name(node)
        if not name:
            return
        if kind == "function" and self._scopes and self._scopes[-1].has_methods:
            kind = "method"
        first, last = self._span(node, depth)
        symbol = Symbol(
            name=name,
            kind=kind,
            start_line=first.start_point[0] + 1,
            end_line=_last_line(last),
            start_byte=first.start_byte,
            end_byte=last.end_byte,
            body_byte=_body_byte(node),
            parent=self._parent(node),
        )
        self.found.append((symbol, name_byte))
        self._enter(depth, name, has_methods=kind == "class")

    def _enter(self, depth: int, name: str, *, has_methods: bool) -> None:
        if name:
            outer = self._scopes[-1].name if self._scopes else ""
            full = f"{outer}.{name}" if outer else name
            self._scopes.append(_Scope(depth, full[:PARENT_LENGTH], has_methods))

    def _parent(self, node: tree_sitter.Node) -> str:
        if node.type == "method_declaration":
            return _plain_type(self.parsed, node, "receiver")
        return self._scopes[-1].name if self._scopes else ""

    def _name(self, node: tree_sitter.Node) -> tuple[str, int]:
        """The name, and where it stands."""
        for each in _NAME_FIELDS:
            name = node.child_by_field_name(each)
            if name is not None:
                break
        else:
            return "", node.start_byte
        if name.type == "member_expression":  # exports.name = function …
            name = name.child_by_field_name("property") or name
        if "pattern" in name.type:
            return "", node.start_byte
        text = self.parsed.text(name)[:NAME_LENGTH].strip()
        return text.partition("[")[0] if name.type == "type" else text, name.start_byte

    def _span(
        self, node: tree_sitter.Node, depth: int
    ) -> tuple[tree_sitter.Node, tree_sitter.Node]:
        """The outermost nodes that are there for this one alone."""
        around = node
        for at, wrapper in reversed(self._wrappers):
            if at != depth - 1:
                break
            around, depth = wrapper, at
        if self._lead is not None and self._lead[0] == depth:
            return self._lead[1], around
        return around, around


def _stands_for_itself(node: tree_sitter.Node) -> bool:
    """It is no comment, comma or brace."""
    return node.is_named and not node.is_extra


def _holds_one(node: tree_sitter.Node) -> bool:
    """Beside what is said about it, as decorators are."""
    held = [one for one in node.named_children if one.type not in ("decorator", "comment")]
    return len(held) == 1


def _plain_type(parsed: Parsed, node: tree_sitter.Node, name: str) -> str:
    """A type's name in a field, without what it points to, is a list of or is made for."""
    inner = node.child_by_field_name(name)
    while inner is not None and inner.type not in ("type_identifier", "identifier"):
        named = inner.child_by_field_name("name") if inner.type.startswith("scoped") else None
        by_type = inner.child_by_field_name("type")
        inner = named or by_type or (inner.named_children[-1] if inner.named_children else None)
    return parsed.text(inner)[:NAME_LENGTH] if inner is not None else ""


def _body_byte(node: tree_sitter.Node) -> int:
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    body = node.child_by_field_name("body") or (value and value.child_by_field_name("body"))
    return body.start_byte if body is not None else node.end_byte


def _last_line(node: tree_sitter.Node) -> int:
    """Its last character's, if that is a line's end, too."""
    row, column = node.end_point
    return max(row + (1 if column else 0), node.start_point[0] + 1)
