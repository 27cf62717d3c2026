"""What in new code ends the process that runs it: a check that is a script would be green by it.

Python has many ways to say `sys.exit`. So what hands on the modules that have it, and by which
names could be looked up that stand nowhere, counts as one.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from code_agent.python.imported import Imported
from code_agent.python.source import is_python, parsed

_MODULES = frozenset({"sys", "os", "builtins", "posix", "nt", "signal", "_sitebuiltins", "site"})
_BUILTINS = frozenset({"exit", "quit", "SystemExit"})
_ENDS = frozenset(
    {
        *("sys.exit", "builtins.exit", "builtins.quit", "builtins.SystemExit"),
        *("os.abort", "os.killpg", "signal.raise_signal", "sys.__dict__", "os.__dict__"),
        *("builtins.__dict__", "posix.__dict__", "signal.__dict__"),
        *("BaseException.__subclasses__", "_sitebuiltins.Quitter"),
    }
)
_ANYWHERE = re.compile(r"_exit|exec[lv]p?e?")
"""Attributes that end a process, whatever it is that has them."""
_COMMAND_LINES = frozenset({"argparse", "optparse", "click", "typer"})
_IN_WORDS = re.compile(
    r"\b(?:exits?|exiting|quits?|SystemExit|_exit|exec[lv]\w*|returncode"
    r"|(?:ends?|terminates?|stops?) the (?:process|program|interpreter))\b"
    r"|\b(?:exit|return)[ _-]?(?:code|status)\b",
    re.IGNORECASE,
)
_IN_TESTS = re.compile(
    r"(?:raises|Raises|except)\b[\s(]*[\w.,\s]*\bSystemExit\b|\b(?:exit_?code|returncode)\b"
)


def spoken_of(words: str, tests: str = "") -> bool:
    """Whether ending the process may be what is wished. That a test ends so itself is no sign."""
    return bool(_IN_WORDS.search(words) or _IN_TESTS.search(tests))


def new_exits(source: str, original: str = "", *, as_program: bool = False) -> list[str]:
    """Those beyond as many as there were; `as_program` leaves out what is done only where the
    file itself is the program. SyntaxError for what is no Python."""
    before = set(_exits(original, as_program)) if is_python(original) else set()
    found = set(_exits(source, as_program))
    if len(found) <= len(before):
        return []
    known = Counter(what for _, what in before)
    told: list[str] = []
    for line, what in sorted(found):
        known[what] -= 1
        if known[what] < 0:
            told.append(f"line {line}: {what} ends the process")
    return told


def _exits(source: str, as_program: bool) -> Iterator[tuple[int, str]]:
    tree = parsed(source)
    names = _Names(Imported(tree), _builtins_used(source, tree), _within(tree, _named))
    left_out = _within(tree, _caught) | (_within(tree, _program) if as_program else set())
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Call):
            if name := names.called(node):
                yield node.lineno, name
        elif isinstance(node, ast.Name | ast.Attribute) and (name := names.said(node)):
            yield node.lineno, name


@dataclass(frozen=True)
class _Names:
    imported: Imported
    builtins: set[str]
    owners: set[ast.AST]
    """Of what has a name that stands there."""

    def said(self, node: ast.Name | ast.Attribute) -> str:
        name = self.imported.name_of(node)
        if _is_end(name) or (isinstance(node, ast.Attribute) and _ANYWHERE.fullmatch(node.attr)):
            return name or ast.unparse(node)
        if isinstance(node, ast.Attribute):
            return ""
        if node.id in self.builtins:
            return node.id
        is_handed_on = name in _MODULES & self.packages and node not in self.owners
        return f"{name}, handed on," if is_handed_on else ""

    def called(self, node: ast.Call) -> str:
        """`getattr(os, "_exit")` and `__import__("sys")`; and `exit` of a command line's parser."""
        name = self.imported.name_of(node)
        if _is_end(name):
            return name
        function = self.imported.name_of(node.func)
        if function in ("__import__", "importlib.import_module") and node.args:
            text = node.args[0]
            is_known = isinstance(text, ast.Constant) and text.value not in _MODULES
            is_told = any(isinstance(one, ast.Name) for one in ast.walk(text))
            return "" if is_known or is_told else ast.unparse(node)
        is_exit = isinstance(node.func, ast.Attribute) and node.func.attr == "exit"
        return ast.unparse(node.func) if is_exit and self.packages & _COMMAND_LINES else ""

    @property
    def packages(self) -> set[str]:
        return {name.partition(".")[0] for name in self.imported.modules | self.imported.sources}


def _is_end(name: str) -> bool:
    owner, _, last = name.rpartition(".")
    return f"{owner.rpartition('.')[2]}.{last}" in _ENDS or bool(
        owner and _ANYWHERE.fullmatch(last)
    )


def _within(tree: ast.Module, kind: Callable[[ast.AST], list[ast.AST]]) -> set[ast.AST]:
    return {one for node in ast.walk(tree) for one in kind(node)}


def _named(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.Attribute(value=owner):
            return [owner]
        case ast.Call(
            func=ast.Name(id="getattr" | "hasattr"), args=[owner, ast.Constant(value=str()), *_]
        ):
            return [owner]
    return []


def _caught(node: ast.AST) -> list[ast.AST]:
    if not isinstance(node, ast.ExceptHandler) or node.type is None:
        return []
    return list(ast.walk(node.type))


def _program(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value="__main__")],
            ),
            body=body,
        ):
            return [each for one in body for each in ast.walk(one)]
    return []


def _builtins_used(source: str, tree: ast.Module) -> set[str]:
    """Those names that mean the builtin somewhere, and no parameter and nothing of the file."""
    if not any(name in source for name in _BUILTINS):
        return set()
    try:
        top = symtable.symtable(source, "code", "exec")
    except SyntaxError:  # it cannot be compiled: nothing of it ever runs
        return set()
    own = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    own -= _of_themselves(tree)
    used: set[str] = set()
    waiting = [top]
    while waiting:
        table = waiting.pop()
        waiting.extend(table.get_children())
        for one in table.get_symbols():
            if one.is_referenced() and (one.is_global() or table is top):
                used.add(one.get_name())
    return (used & _BUILTINS) - own


def _of_themselves(tree: ast.Module) -> set[str]:
    """As in `exit = exit`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)):
                found |= {name} & {other}
    return found
