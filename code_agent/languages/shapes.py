"""What defines something in each language's tree, and what uses it: names of grammars' nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from code_agent.languages.which import Language

Kind = Literal["function", "method", "class", "type"]

_FUNCTIONS = ("arrow_function", "function_expression", "generator_function")


@dataclass(frozen=True)
class Shape:
    defines: Mapping[str, Kind]
    """A function is a method where it stands in a class."""
    holds: Mapping[str, Kind] = field(default_factory=dict)
    """What becomes a definition by the value that it is given."""
    values: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    """Is no symbol here, but names those inside it."""
    bodies: frozenset[str] = frozenset()
    """Holds the methods of a type that is defined elsewhere."""
    wrappers: frozenset[str] = frozenset()
    """Belongs to what it holds, if that is one."""
    leads: frozenset[str] = frozenset()
    """Belongs to what comes after it."""
    names: frozenset[str] = frozenset({"identifier"})
    """What names that are used look like."""


_PYTHON = Shape(
    defines={
        "function_definition": "function",
        "class_definition": "class",
        "type_alias_statement": "type",
    },
    wrappers=frozenset({"decorated_definition"}),
)

_JAVASCRIPT = Shape(
    defines={
        "function_declaration": "function",
        "generator_function_declaration": "function",
        "class_declaration": "class",
        "method_definition": "method",
    },
    holds={
        "variable_declarator": "function",
        "assignment_expression": "function",
        "field_definition": "method",
        "public_field_definition": "method",
    },
    values=frozenset({*_FUNCTIONS, "class"}),
    wrappers=frozenset(
        {
            "export_statement",
            "lexical_declaration",
            "variable_declaration",
            "expression_statement",
            "ambient_declaration",
        }
    ),
    leads=frozenset({"decorator"}),
    names=frozenset(
        {
            "identifier",
            "property_identifier",
            "private_property_identifier",
            "shorthand_property_identifier",
            "type_identifier",
        }
    ),
)

_TYPESCRIPT = Shape(
    defines={
        **_JAVASCRIPT.defines,
        "abstract_class_declaration": "class",
        "abstract_method_signature": "method",
        "function_signature": "function",
        "interface_declaration": "type",
        "type_alias_declaration": "type",
        "enum_declaration": "type",
    },
    holds=_JAVASCRIPT.holds,
    values=_JAVASCRIPT.values,
    modules=frozenset({"internal_module", "module"}),
    wrappers=_JAVASCRIPT.wrappers,
    leads=_JAVASCRIPT.leads,
    names=_JAVASCRIPT.names,
)

_GO = Shape(
    defines={
        "function_declaration": "function",
        "method_declaration": "method",
        "type_spec": "type",
        "type_alias": "type",
    },
    wrappers=frozenset({"type_declaration"}),
    names=frozenset({"identifier", "field_identifier", "type_identifier", "package_identifier"}),
)

_RUST = Shape(
    defines={
        "function_item": "function",
        "function_signature_item": "function",
        "macro_definition": "function",
        "struct_item": "type",
        "enum_item": "type",
        "union_item": "type",
        "trait_item": "class",
        "type_item": "type",
    },
    modules=frozenset({"mod_item"}),
    bodies=frozenset({"impl_item"}),
    leads=frozenset({"attribute_item"}),
    names=frozenset({"identifier", "field_identifier", "type_identifier"}),
)

_BASH = Shape(
    defines={"function_definition": "function"},
    names=frozenset({"command_name", "variable_name"}),
)

SHAPES: Mapping[Language, Shape] = {
    "python": _PYTHON,
    "javascript": _JAVASCRIPT,
    "typescript": _TYPESCRIPT,
    "tsx": _TYPESCRIPT,
    "go": _GO,
    "rust": _RUST,
    "bash": _BASH,
}
