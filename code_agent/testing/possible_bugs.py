"""Claims that are not so: those that may be right while the code is wrong are told to a person."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from code_agent.checks.mypy import OF_THESE_ALONE, UNTYPED_TOO, errors_of, mypy_command
from code_agent.python.functions import Function, dotted
from code_agent.python.parameters import called_with
from code_agent.python.reports import REASON_LENGTH, error_lines
from code_agent.python.source import parsed
from code_agent.testing.sifting import Claim, reason
from code_agent.testing.single import OneTest, is_claim, written
from code_agent.testing.subject import Target
from code_agent.testing.testbed import Testbed

TIMES = 3
MOST = 5
"""So many are told of one target at most."""
FILE = "ygg_claim.py"
_SECONDS = 60.0
_OF_ARGUMENTS = ("TypeError", "AttributeError", "NameError", "ImportError", "ModuleNotFoundError")
"""What the wrong arguments, rather than the wrong code, raise."""
_RAISED = re.compile(r"([A-Za-z_][\w.]*)(?::|$)")


@dataclass(frozen=True)
class PossibleBug:
    target: Target
    claim: Claim

    def as_data(self) -> dict[str, JsonValue]:
        test = self.claim.test
        return {
            "path": self.target.subject.path,
            "name": self.target.name,
            "claim": _claimed(test),
            "expected": _expected(test),
            "actual": _actual(test, self.claim.says),
            "test": test.source,
        }


def implausible(claim: Claim, target: Target) -> str:
    """Why it says more of the test than of the code, as far as reading can tell."""
    stated = claim.test.function.body[-1]
    if not is_claim(stated):
        return "it claims nothing of a result"
    if isinstance(stated, ast.With):
        return _of_raising(stated, target)
    if not _is_about(stated, claim.test, target):
        return f"what it asserts is not what {target.name} returns"
    if not claim.asserted:
        return _of_crash(claim.says, target)
    return ""


def unsteady(claim: Claim, testbed: Testbed) -> str:
    """Why it does not fail alone, and each time in the same way."""
    first = ""
    for _ in range(TIMES):
        came = testbed.alone(claim.test)
        ended = reason(came)
        if came.ended != ("asserted" if claim.asserted else "error"):
            return f"alone it ends otherwise: {came.ended}"
        if first and ended != first:
            return "it fails in another way each time"
        first = first or ended
    return ""


def misfits(claim: Claim, testbed: Testbed, target: Target) -> str:
    """Why its arguments are not what the code is made for, as far as that says so itself."""
    if not _says_types(target):
        return ""
    with testbed.trial({}, _SECONDS) as trial:
        (trial.folder / FILE).write_text(claim.test.source, encoding="utf-8")
        ran = trial.run(mypy_command([FILE], OF_THESE_ALONE, UNTYPED_TOO))
    errors = errors_of(FILE, ran.stdout)
    return errors[0][:200] if errors else ""


def _says_types(target: Target) -> bool:
    return any(
        one.annotation is not None
        for node in ast.walk(target.subject.tree)
        if isinstance(node, Function) and node.name == target.name.rpartition(".")[2]
        for one in called_with(node, in_class="." in target.name)
    )


def _of_raising(stated: ast.With, target: Target) -> str:
    """Models like to expect exceptions; one that the code never speaks of is invented."""
    for item in stated.items:
        call = item.context_expr
        names = [dotted(one) for one in call.args] if isinstance(call, ast.Call) else []
        for name in names:
            if name and not re.search(rf"\b{re.escape(name)}\b", target.symbol.text):
                return f"it expects {name}, of which the code says nothing"
    return ""


def _of_crash(says: str, target: Target) -> str:
    raised = _exception(says)
    if not raised or raised.rpartition(".")[2] in _OF_ARGUMENTS:
        return f"it ends in {raised or 'an error'}"
    file = re.escape(target.subject.path.rpartition("/")[2])
    if not re.search(rf"(?:^|/){file}:\d+: in ", says, re.MULTILINE):
        return f"{raised} is not raised by the code"
    if raised in _raises(target):
        return f"{raised} is what the code means to raise"
    return ""


def _raises(target: Target) -> set[str]:
    found = set()
    for node in ast.walk(parsed(target.subject.source)):
        if isinstance(node, ast.Raise) and node.exc is not None:
            called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found.add(dotted(called))
    return found


def _is_about(stated: ast.stmt, test: OneTest, target: Target) -> bool:
    """It calls the target, or looks at what came of calling it."""
    known = {target.imported}
    for one in test.function.body[:-1]:
        if isinstance(one, ast.Assign | ast.AnnAssign) and one.value and _uses(one.value, known):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            known |= {name for each in targets for name in _names(each)}
    asserted = stated.test if isinstance(stated, ast.Assert) else None
    if asserted is None or not _uses(asserted, known):
        return False
    calls = [one for one in ast.walk(test.function) if isinstance(one, ast.Call)]
    return any(dotted(one.func).rpartition(".")[2] == target.imported for one in calls) or any(
        dotted(one.func).partition(".")[0] in known for one in calls
    )


def _uses(node: ast.expr, names: set[str]) -> bool:
    attributes = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return bool(names & (set(_names(node)) | attributes))


def _names(node: ast.expr) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name))


def _exception(says: str) -> str:
    found = [match[1] for line in error_lines(says) if (match := _RAISED.match(line))]
    return found[-1] if found else ""


def _claimed(test: OneTest) -> str:
    """In the model's own words, or by the name that it gave the test."""
    stated = test.function.body[-1]
    if isinstance(stated, ast.Assert) and isinstance(stated.msg, ast.Constant):
        return str(stated.msg.value)
    if said := ast.get_docstring(test.function):
        return said
    return test.name.removeprefix("test").strip("_").replace("_", " ")


def _expected(test: OneTest) -> str:
    match test.function.body[-1]:
        case ast.Assert(test=ast.Compare(ops=[ast.Eq() | ast.Is()], comparators=[right])):
            return ast.unparse(right)
        case ast.Assert(test=claimed):
            return ast.unparse(claimed)
        case ast.With(items=[item, *_]):
            return ast.unparse(item.context_expr)
    return ast.unparse(written(test).body[-1])


def _actual(test: OneTest, says: str) -> str:
    """What the code gave, as pytest shows it."""
    marked = error_lines(says)
    shown = next((line for line in marked if line.removeprefix("AssertionError: ") != line), "")
    shown = next((line for line in marked if line.startswith("assert ")), shown)
    if not shown:
        return marked[0][:REASON_LENGTH] if marked else ""
    return (
        shown.removeprefix("AssertionError: ")
        .removeprefix("assert ")
        .removesuffix(f" == {_expected(test)}")[:REASON_LENGTH]
    )
