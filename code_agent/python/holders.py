"""What can hold a docstring, and where that stands or would stand."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from code_agent.python.source import column
from code_agent.python.symbols import Definition, first_line_of

Holding = ast.Module | Definition


@dataclass(frozen=True)
class Holder:
    node: Holding
    docstring: ast.stmt | None
    first: ast.stmt | None
    """What its body does first, after the docstring."""

    def begins_at(self, lines: list[str]) -> int:
        """The line of that, from 1; after the docstring where there is nothing else."""
        if isinstance(self.first, Definition):
            return first_line_of(self.first, lines)
        if self.first is not None:
            return self.first.lineno
        return (self.docstring.end_lineno or 0) + 1 if self.docstring else 1

    def is_on_header(self, lines: list[str]) -> bool:
        """As the body of `class Stop(Exception): pass` is."""
        if self.first is None or isinstance(self.node, ast.Module):
            return False
        line = lines[self.first.lineno - 1]
        return bool(line[: column(line, self.first.col_offset)].strip(" \t\f"))


def holders(tree: ast.Module) -> list[Holder]:
    """In an order that is the same for the same code, whatever is documented of it."""
    return [holder(node) for node in ast.walk(tree) if isinstance(node, Holding)]


def holder(node: Holding) -> Holder:
    has_one = ast.get_docstring(node, clean=False) is not None
    first = next(iter(node.body[has_one:]), None)
    return Holder(node, node.body[0] if has_one else None, first)
