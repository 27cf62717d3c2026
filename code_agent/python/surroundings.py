"""What code looks at besides what it is given: by that it could tell a check from use."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from code_agent.python.functions import dotted
from code_agent.python.imported import Imported
from code_agent.python.source import parsed

FILES = "files"
_FAR = frozenset(sys.stdlib_module_names)
_NEAR = frozenset(
    {
        *("__future__", "abc", "argparse", "array", "ast", "asyncio", "base64", "binascii"),
        *("bisect", "bz2", "calendar", "cmath", "codecs", "collections", "colorsys", "concurrent"),
        *("configparser", "contextlib", "contextvars", "copy", "copyreg", "csv", "dataclasses"),
        *("datetime", "decimal", "difflib", "email", "enum", "errno", "fnmatch", "fractions"),
        *("functools", "graphlib", "gzip", "hashlib", "heapq", "hmac", "html", "http", "io"),
        *("ipaddress", "itertools", "json", "keyword", "logging", "lzma", "math", "numbers"),
        *("operator", "pathlib", "pickle", "pprint", "queue", "quopri", "re", "reprlib", "shlex"),
        *("sqlite3", "stat", "statistics", "string", "struct", "tarfile", "textwrap", "token"),
        *("tokenize", "tomllib", "types", "typing", "unicodedata", "unittest", "urllib"),
        *("warnings", "weakref", "xml", "zipfile", "zlib", "zoneinfo"),
    }
)
"""Modules of the standard library whose functions go by what they are given, but for `_NAMES`."""
_ON_FILES = frozenset({"glob", "shutil", "tempfile", "fileinput", "linecache", "posix"})
_GIVEN = frozenset(
    {
        *("os.fspath", "os.PathLike", "os.sep", "os.altsep", "os.linesep", "os.pathsep"),
        *("os.extsep", "os.fsencode", "os.fsdecode", "os.path.join", "os.path.basename"),
        *("os.path.dirname", "os.path.split", "os.path.splitext", "os.path.splitdrive"),
        *("os.path.normpath", "os.path.normcase", "os.path.commonprefix", "os.path.commonpath"),
        *("os.path.isabs", "os.path.sep", "os.error", "os.strerror", "os._exit", "os.abort"),
        *("sys.exit", "sys.maxsize", "sys.maxunicode", "sys.float_info", "sys.intern"),
        *("sys.getsizeof", "sys.exc_info", "sys.byteorder", "sys.hash_info", "sys.int_info"),
        *("sys.setrecursionlimit", "sys.getrecursionlimit", "sys.stderr"),
        *("inspect.cleandoc", "uuid.UUID", "uuid.uuid5", "uuid.uuid3"),
    }
)
"""What modules that look around have besides, which goes by what it is given."""
_NAMES = frozenset(
    {
        *("__name__", "__file__", "__spec__", "__loader__", "__package__", "__builtins__"),
        *("__debug__", "__import__", "globals", "id", "hash", "input", "pathlib.Path.home"),
    }
)
_ONE_BY_MANY_NAMES = {
    **dict.fromkeys(("open", "io.open"), FILES),
    **dict.fromkeys(("os.environ", "os.getenv", "os.environb"), "environment"),
    **dict.fromkeys(("pathlib.Path.cwd", "os.getcwd"), "folder"),
    **dict.fromkeys(("datetime.datetime.now", "datetime.datetime.utcnow"), "clock"),
    **dict.fromkeys(("datetime.datetime.today", "datetime.date.today"), "clock"),
}
_OF_PATHS = frozenset(
    {
        *("exists", "is_file", "is_dir", "is_symlink", "is_mount", "stat", "lstat", "iterdir"),
        *("rglob", "glob", "resolve", "absolute", "expanduser", "samefile", "owner", "group"),
        *("read_text", "read_bytes", "open"),
    }
)
_OF_FOLDERS = frozenset(
    {
        *("listdir", "scandir", "walk", "stat", "lstat", "access", "open", "mkdir", "makedirs"),
        *("remove", "unlink", "rmdir", "removedirs", "rename", "replace", "chmod", "utime"),
        *("link", "symlink", "readlink", "truncate"),
    }
)
_OF_FRAMES = frozenset(
    {
        *("f_back", "f_globals", "f_locals", "f_code", "f_builtins", "tb_frame", "gi_frame"),
        *("cr_frame", "__globals__", "__traceback__", "__subclasses__"),
    }
)


def looks_around(before: str, after: str) -> list[str]:
    """At what it did not look before. SyntaxError for what is no Python."""
    known = {what for _, what, _ in _looked_at(parsed(before))}
    found = {name: line for line, what, name in _looked_at(parsed(after)) if what not in known}
    return [f"line {line}: {name} was not looked at before" for name, line in found.items()]


def _looked_at(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Line, what it looks at, and by which name. Which way files are looked at, say, is all one."""
    imported = Imported(tree)
    owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names_of_logs = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and imported.name_of(node.func) == "logging.getLogger"
        for each in node.args
        if dotted(each) == "__name__"
    }
    has_paths = "pathlib" in imported.modules | imported.sources
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute | ast.Call) and id(node) not in names_of_logs:
            name = imported.name_of(node)
            is_known = imported.knows(name)
            if is_known or "." not in name:  # else something is called as a module is
                what = _what(name, is_whole=is_known and id(node) not in owners)
                if what:
                    yield node.lineno, what, name
        if isinstance(node, ast.Attribute):
            if node.attr in _OF_FRAMES:
                yield node.lineno, node.attr, node.attr
            elif has_paths and node.attr in _OF_PATHS:
                yield node.lineno, FILES, f".{node.attr}"


def _what(name: str, *, is_whole: bool) -> str:
    """Empty for what looks at nothing. A module that is handed on whole may be asked anything."""
    if name in _NAMES:
        return name
    for one, what in _ONE_BY_MANY_NAMES.items():
        if f"{name}.".startswith(f"{one}."):
            return what
    first, dot, rest = name.partition(".")
    if first not in _FAR or first in _NEAR or name in _GIVEN:
        return ""
    if not dot or name == "os.path":
        return name if is_whole else ""
    if first in _ON_FILES or rest in _OF_FOLDERS or rest.startswith("path."):
        return FILES
    return name
