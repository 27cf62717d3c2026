"""What in generated code would reach for its tests or its interpreter rather than do the work.

Reading alone cannot find all of it, and need not: the sandbox confines it, and tests run under a
seal. This tells a person, and the model, what was tried plainly.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator

from code_agent.python.comparisons import false_comparisons
from code_agent.python.functions import dotted
from code_agent.python.imported import Imported
from code_agent.python.source import parsed

_Found = tuple[int, str]
"""A line, and what is wrong in it."""

_MODULES = {
    "pytest": "imports the test runner",
    "_pytest": "imports the test runner",
    "unittest": "imports the test runner",
    "atexit": "runs after all else has ended",
    "ctypes": "reaches below the interpreter",
    "__main__": "imports whatever program runs it",
}
_FRAMES = "looks at its callers"
_TRACES = "watches what the interpreter does"
_NAMES = {
    "os._exit": "ends the process",
    "os.abort": "ends the process",
    "os.dup2": "redirects what others print",
    "sys.modules": "looks at what else is imported",
    "sys.meta_path": "changes how modules are imported",
    "sys.path_hooks": "changes how modules are imported",
    "sys.settrace": _TRACES,
    "sys.setprofile": _TRACES,
    "sys.monitoring": _TRACES,
    "sys.addaudithook": _TRACES,
    "threading.settrace": _TRACES,
    "threading.setprofile": _TRACES,
    "sys._getframe": _FRAMES,
    "sys._current_frames": _FRAMES,
    "inspect.stack": _FRAMES,
    "inspect.trace": _FRAMES,
    "inspect.currentframe": _FRAMES,
    "inspect.getouterframes": _FRAMES,
    "inspect.getinnerframes": _FRAMES,
    "traceback.extract_stack": _FRAMES,
    "traceback.walk_stack": _FRAMES,
    "gc.get_objects": "looks at objects that are not its own",
    "gc.get_referrers": "looks at objects that are not its own",
    "gc.get_referents": "looks at objects that are not its own",
    "object.__subclasses__": "looks at classes that are not its own",
    "__builtins__": "reaches for the builtins",
    "__file__": "looks for the files around it",
}
_ATTRIBUTES = {
    **dict.fromkeys(("f_back", "f_locals", "f_globals", "f_builtins"), _FRAMES),
    **dict.fromkeys(("tb_frame", "gi_frame", "cr_frame"), _FRAMES),
    "__globals__": "reaches into another module",
}
_CALLED = {
    "globals": "changes or looks up names by text",
    "exec": "runs text as code, which nobody can read before",
    "eval": "runs text as code, which nobody can read before",
}
_EXITS = frozenset({"sys.exit", "exit", "quit", "SystemExit"})
_READS = frozenset(
    {
        *("open", "Path", "read_text", "read_bytes", "glob", "rglob", "iglob"),
        *("listdir", "scandir", "walk", "joinpath", "import_module", "run_path", "run_module"),
    }
)
_TEST_FILE = re.compile(
    r"(?:^|.*[/\\])(?:test_[^./\\]*(?:\.py)?|[^/\\]+_test\.py|conftest(?:\.py)?|tests?[/\\].*|tests)"
)
_OF_THE_RUNNER = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER")
_STANDARD = sys.stdlib_module_names


def tampering(source: str, original: str = "", allowed: Collection[str] = ()) -> list[str]:
    """What of it is there, by line; but for what the original does as often, and for the modules
    that are allowed. SyntaxError for what is no Python."""
    known = Counter(what for _, what in _found(original, allowed))
    told: list[str] = []
    for line, what in _found(source, allowed):
        known[what] -= 1
        if known[what] < 0:
            told.append(f"line {line}: {what}")
    return list(dict.fromkeys(told))


def _found(source: str, allowed: Collection[str]) -> list[_Found]:
    tree = parsed(source)
    imported = Imported(tree)
    found = [
        *_imports(tree, allowed),
        *_exits_at_import(tree, imported),
        *false_comparisons(tree),
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            found += _of_expression(node, imported, allowed)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
            found += _of_change(node, imported)
    return sorted(found)


def _imports(tree: ast.Module, allowed: Collection[str]) -> Iterator[_Found]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield from _module(one.name, node.lineno, allowed)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from _module(node.module, node.lineno, allowed)


def _module(name: str, line: int, allowed: Collection[str]) -> Iterator[_Found]:
    first = name.partition(".")[0]
    if first in _MODULES and first not in allowed:
        yield line, f"{first} {_MODULES[first]}"


def _of_expression(
    node: ast.expr, imported: Imported, allowed: Collection[str]
) -> Iterator[_Found]:
    if isinstance(node, ast.Name | ast.Attribute | ast.Call):
        name = imported.name_of(node)
        if name in _NAMES:
            yield node.lineno, f"{name} {_NAMES[name]}"
    if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        yield node.lineno, f"{node.attr} {_ATTRIBUTES[node.attr]}"
    if isinstance(node, ast.Constant) and node.value in _OF_THE_RUNNER:
        yield node.lineno, f"{node.value!r} asks whether it is being tested"
    if isinstance(node, ast.Call):
        yield from _of_call(node, imported, allowed)


def _of_call(node: ast.Call, imported: Imported, allowed: Collection[str]) -> Iterator[_Found]:
    name = imported.name_of(node.func)
    last = name.rpartition(".")[2] or _method(node.func)
    texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
    text = next((one for one in texts if isinstance(one, str)), "")
    if name in _CALLED:
        yield node.lineno, f"{name}() {_CALLED[name]}"
    if last in _READS and _TEST_FILE.fullmatch(text):
        yield node.lineno, f"{last}({text!r}) reads tests"
    if name in ("__import__", "importlib.import_module") and text:
        yield from _module(text, node.lineno, allowed)
    if name == "os.kill" and any(
        imported.name_of(one) in ("os.getpid", "os.getppid")
        for one in ast.walk(node)
        if isinstance(one, ast.Name | ast.Attribute)
    ):
        yield node.lineno, "os.kill ends the process that runs it"
    if name in ("setattr", "delattr") and node.args:
        yield from _patch(imported.name_of(node.args[0]), text, node.lineno, imported)


def _of_change(
    node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete, imported: Imported
) -> Iterator[_Found]:
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
    for target in targets:
        if isinstance(target, ast.Attribute):
            yield from _patch(imported.name_of(target.value), target.attr, node.lineno, imported)
            if target.attr == "__code__":
                yield node.lineno, "__code__ makes another function of one"


def _patch(owner: str, name: str, line: int, imported: Imported) -> Iterator[_Found]:
    """Other packages are set up so; the standard library is not, but for `sys`."""
    is_module = owner in imported.modules and owner != "sys"
    if is_module and owner.partition(".")[0] in _STANDARD:
        yield line, f"{owner}.{name or '…'} is changed for all who use it"


def _exits_at_import(tree: ast.Module, imported: Imported) -> Iterator[_Found]:
    """Under `if __name__ == "__main__":` it is a program's way to end."""
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(one, ast.If) and _asks_for_main(one.test):
            waiting.extend(one.orelse)
            continue
        called = one.func if isinstance(one, ast.Call) else None
        called = one.exc if isinstance(one, ast.Raise) else called
        if called is not None and imported.name_of(called) in _EXITS:
            yield called.lineno, f"{imported.name_of(called)} ends the process at import"
        waiting.extend(ast.iter_child_nodes(one))


def _asks_for_main(test: ast.expr) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "__name__" for one in ast.walk(test))


def _method(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else dotted(node)
