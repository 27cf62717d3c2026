"""What code looks at besides what it is given: by that it could tell a check from use."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from code_agent.python.imported import Imported
from code_agent.python.source import parsed

_MODULES = frozenset(
    {"time", "random", "secrets", "platform", "socket", "subprocess", "inspect", "threading"}
    | {
        "uuid",
        "getpass",
        "locale",
        "gc",
        "traceback",
        "signal",
        "resource",
        "importlib",
        "sysconfig",
    }
)
_NAMES = frozenset(
    {"os.environ", "os.getenv", "os.getcwd", "os.getpid", "os.getppid", "os.uname", "os.listdir"}
    | {"os.scandir", "os.walk", "os.getlogin", "os.urandom", "os.cpu_count", "os.times"}
    | {"pathlib.Path.cwd", "pathlib.Path.home", "sys.argv", "sys.path", "sys.version"}
    | {"sys.version_info", "sys.gettrace", "sys.getprofile", "sys.flags", "sys.executable"}
    | {"sys.platform", "sys.stdin", "sys.stdout", "datetime.datetime.now", "datetime.date.today"}
    | {"datetime.datetime.today", "datetime.datetime.utcnow", "__name__", "id", "hash", "input"}
)


def looks_around(before: str, after: str) -> list[str]:
    """At what it did not look before. SyntaxError for what is no Python."""
    known = {name for _, name in _looked_at(parsed(before))}
    found = {name: line for line, name in _looked_at(parsed(after)) if name not in known}
    return [f"line {line}: {name} was not looked at before" for name, line in found.items()]


def _looked_at(tree: ast.Module) -> Iterator[tuple[int, str]]:
    imported = Imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            name = imported.name_of(node)
            first = name.partition(".")[0]
            if name in _NAMES or (first in _MODULES and "." in name):
                yield node.lineno, name
