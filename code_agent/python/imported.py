"""What names of a source mean, as far as its imports say."""

from __future__ import annotations

import ast

from code_agent.python.functions import dotted


class Imported:
    def __init__(self, tree: ast.Module) -> None:
        self.modules: set[str] = set()
        self.sources: set[str] = set()
        """Modules of which names are imported."""
        self._meant: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for one in node.names:
                    self.modules.add(one.name)
                    self._meant[one.asname or one.name] = one.name
            elif isinstance(node, ast.ImportFrom) and not node.level:
                self.sources.add(node.module or "")
                for one in node.names:
                    self._meant[one.asname or one.name] = f"{node.module}.{one.name}"

    def knows(self, name: str) -> bool:
        """Whether what such a name stands for, or begins with, was imported."""
        first = name.partition(".")[0]
        meant = {one.partition(".")[0] for one in self._meant.values()}
        return first in meant

    def name_of(self, node: ast.expr) -> str:
        """`os._exit` of `o._exit` after `import os as o`, and of `getattr(os, "_exit")`; nothing of
        what has no name."""
        if isinstance(node, ast.Call):
            return self._got(node)
        name = dotted(node)
        first, dot, rest = name.partition(".")
        return self._meant.get(first, first) + dot + rest

    def _got(self, node: ast.Call) -> str:
        match node:
            case ast.Call(
                func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name), *_]
            ):
                found = self.name_of(owner)
                return f"{found}.{name}" if found else ""
        return ""
