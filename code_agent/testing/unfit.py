"""What looks like a test and is none: it could not fail, or tests something else."""

from __future__ import annotations

import ast

from code_agent.python.assertions import toothless
from code_agent.python.functions import dotted
from code_agent.python.imported import Imported
from code_agent.python.source import parsed
from code_agent.python.tampering import tampering
from code_agent.testing.peeking import peeked
from code_agent.testing.single import OneTest, each_import
from code_agent.testing.subject import Target

RUNNERS = ("pytest", "unittest")
_CHANCE = ("random.", "secrets.", "uuid.uuid1", "uuid.uuid4", "os.urandom", "numpy.random.")
_SEEDED = ("random.seed", "random.Random")
_CLOCKS = (
    *("time.time", "time.monotonic", "time.perf_counter", "time.process_time", "time.thread_time"),
    *("timeit.", "resource.getrusage", "datetime.datetime.now", "datetime.datetime.utcnow"),
    *("datetime.datetime.today", "datetime.date.today"),
)
_Named = ast.Name | ast.Attribute


def unfit(test: OneTest, target: Target) -> str:
    """Why it is no test of the target."""
    statements = (*test.support, test.function)
    for one in statements:
        if name := _replaced(one, target):
            return f"it puts something else in the place of {name}"
        if name := _patched(one, target):
            return f"it puts something else in the place of {name}"
    if told := toothless(test.source, [target.name]):
        return _without_place(told[0], test.name)
    if name := peeked(parsed(test.source), target):
        return f"it looks at {name}, and not at what the code does"
    if name := _chance(test):
        return f"it depends on {name}, which is never twice the same"
    if told := tampering(test.source, allowed=RUNNERS):
        return told[0].partition(": ")[2]
    return ""


def _patched(one: ast.stmt, target: Target) -> str:
    """A part of the target that `patch` or `monkeypatch` replaces."""
    for node in ast.walk(one):
        if not isinstance(node, ast.Call):
            continue
        if not {"patch", "setattr", "delattr"} & set(dotted(node.func).split(".")):
            continue
        for place, argument in enumerate(node.args):
            is_text = isinstance(argument, ast.Constant)
            name = str(argument.value) if isinstance(argument, ast.Constant) else dotted(argument)
            words = name.split(".")
            is_within = target.imported in words and (place == 0 or not is_text)
            # As in `patch("shapes.area")` and `setattr(shapes, "area", …)`.
            is_named = is_text and place < 2 and words[-1] in _last_names(target)
            if is_within or is_named:
                return name
    return ""


def _last_names(target: Target) -> set[str]:
    return {target.imported, target.name.rpartition(".")[2]}


def _chance(test: OneTest) -> str:
    tree = parsed(test.source)
    imported = Imported(tree)
    if any(
        imported.name_of(node) in _SEEDED for node in ast.walk(tree) if isinstance(node, _Named)
    ):
        return ""
    for node in ast.walk(tree):
        name = imported.name_of(node) if isinstance(node, _Named) else ""
        if name.startswith((*_CLOCKS, *_CHANCE)):
            return name
    return ""


def _without_place(told: str, name: str) -> str:
    said = told.partition(": ")[2] or told
    return said.removeprefix(f"{name}: ").removeprefix(f"{name} ")


def _replaced(one: ast.stmt, target: Target) -> str:
    """A test of something else by the same name tests nothing of the file."""
    wanted = {target.imported, target.name}
    modules = {target.subject.module, target.subject.module.rpartition(".")[2]}
    for node in ast.walk(one):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in wanted:
                return name
            case ast.arg(arg=name) if name in wanted:
                return name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name in wanted:
                return name
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                owner = dotted(node.value)
                if owner in modules | wanted:
                    return f"{owner}.{node.attr}"
            case ast.Import() | ast.ImportFrom():
                for name, made in each_import(node):
                    source = made.module if isinstance(made, ast.ImportFrom) else ""
                    if name in wanted and source != target.subject.module:
                        return name
    return ""
