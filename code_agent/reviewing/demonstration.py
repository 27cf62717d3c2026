"""A call that shows what a finding says: that some line ends with some exception.

Run in the sandbox, it proves the finding, but not if it proves something else: that the arguments
are wrong, that the exception is meant, or that the sandbox has no network.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from code_agent.checks.module import module_of
from code_agent.checks.mypy import OF_THESE_ALONE, errors_of, mypy_command
from code_agent.python.functions import Function
from code_agent.python.source import parsed, said_of
from code_agent.python.symbols import definitions
from code_agent.reviewing.findings import Finding
from code_agent.trial import PYTHON, Trial
from code_agent.unusable import Unusable
from code_agent.verdict import Check
from executors.handler import Ran

LONGEST_CALL = 500
CALL_FILE = "ygg_call.py"
"""A file beside the module, for the type checker to look at the call."""
_NOT_ITS_OWN = (OSError, ImportError, MemoryError, AssertionError, SyntaxError, Warning)
"""Such an exception may be due to the sandbox, or be meant."""
_OF_ANY_TYPE = (TypeError, AttributeError)
"""Whatever takes no text ends so when it is given one."""
_CALL = (
    "import importlib, sys; sys.path.insert(0, '.'); "
    "eval(sys.argv[2], vars(importlib.import_module(sys.argv[1])))"
)
_FRAME = re.compile(r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+)', re.MULTILINE)
_STEM = 4
"""Letters by which a word is known: division, divided, divides."""
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Claim:
    """That a line of a function ends with an exception, for some arguments."""

    path: str
    name: str
    """The name by which the function is reached."""
    function: Function
    code: str
    first_line: int
    last_line: int
    """Both lines are those of the statement that the finding is about."""
    raises: str

    @property
    def is_annotated(self) -> bool:
        arguments = self.function.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        named = named[1:] if "." in self.name and named else named
        return all(one.annotation is not None for one in named)


def claim_of(finding: Finding, text: str) -> Claim | None:
    """What could be shown by a call; nothing where none can prove it."""
    raises = finding.raises.rpartition(".")[2].strip("` ()")
    kind = getattr(builtins, raises, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return None
    if issubclass(kind, _NOT_ITS_OWN):
        return None
    try:
        tree = parsed(text)
    except SyntaxError:
        return None
    found = _around(tree, finding.line)
    if found is None:
        return None
    name, function, statement = found
    is_meant = isinstance(statement, ast.Raise) or raises in (ast.get_docstring(function) or "")
    last = _last_line(statement)
    code = ast.get_source_segment(text, function) or ""
    claim = Claim(finding.file, name, function, code, statement.lineno, last, raises)
    if is_meant or (issubclass(kind, _OF_ANY_TYPE) and not claim.is_annotated):
        return None
    return claim


def call_of(text: str, claim: Claim) -> str:
    """The one call in an answer. `Unusable` says why it is none of that function."""
    call = text.strip().strip("`").strip()
    if not call:
        raise Unusable("there is no call")
    if len(call) > LONGEST_CALL:
        raise Unusable(f"the call is longer than {LONGEST_CALL} characters")
    try:
        body = parsed(call).body
    except SyntaxError as error:
        raise Unusable(f"the call is no Python: {said_of(error)}") from error
    one = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    if not (isinstance(one, ast.Call) and _calls(one, claim.name)):
        raise Unusable(f"that is not one call of {claim.name}")
    return ast.unparse(one)


def shown(trial: Trial, call: str, claim: Claim) -> Check:
    """Passed: the call fits the function, and ended as the claim says, there."""
    below = trial.folder.relative_to(trial.root).as_posix()
    path = claim.path.removeprefix(f"{below}/")
    fits = _fits(trial, call, module_of(path))
    if not fits.passed:
        return fits

    def read(ran: Ran) -> tuple[bool | None, str]:
        return _read(ran, str(trial.folder / path), claim, call)

    argv = [PYTHON, "-I", "-B", "-c", _CALL, module_of(path), call]
    return trial.check("demonstration", argv, read)


def names_error(message: str, raises: str) -> bool:
    """Whether words are about that exception: `division by zero` is about ZeroDivisionError."""
    if re.search(rf"\b{raises}\b", message):
        return True
    parts = [one.lower() for one in re.findall(r"[A-Z][a-z]+", raises.removesuffix("Error"))]
    told = [word.lower() for word in re.findall(r"[A-Za-z]+", message)]
    # One word alone (key, value, index) is said of much else.
    return len(parts) > 1 and all(
        any(word.startswith(part[:_STEM]) for word in told) for part in parts
    )


def _around(tree: ast.Module, line: int) -> tuple[str, Function, ast.stmt] | None:
    """The function with that line in it, and the innermost statement."""
    for name, node in definitions(tree):
        if isinstance(node, Function):
            found = [one for one in _statements(node) if one.lineno <= line <= _last_line(one)]
            if found:
                return name, node, found[-1]
    return None


def _last_line(statement: ast.stmt) -> int:
    """Of its own: what stands in it are statements by themselves."""
    inner = getattr(statement, "body", None)
    own = inner[0].lineno - 1 if inner else statement.end_lineno or 0
    return max(own, statement.lineno)


def _statements(function: Function) -> Iterator[ast.stmt]:
    """The outer ones come before those in them."""
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function:
            yield node


def _calls(call: ast.Call, name: str) -> bool:
    """`mean(…)`; of a method `Stack(…).pop(…)` or `Stack.parse(…)`."""
    *classes, own = name.split(".")
    if not classes:
        return isinstance(call.func, ast.Name) and call.func.id == own
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == own):
        return False
    return any(
        isinstance(one, ast.Name) and one.id == classes[0] for one in ast.walk(call.func.value)
    )


def _fits(trial: Trial, call: str, module: str) -> Check:
    """Whether the function is made for such arguments, as far as it says."""
    text = f"from {module} import *\nimport {module} as reviewed\nreviewed.{call}\n"
    (trial.folder / CALL_FILE).write_text(text, encoding="utf-8")

    def read(ran: Ran) -> tuple[bool | None, str]:
        wrong = errors_of(CALL_FILE, ran.stdout)
        return not wrong, wrong[0] if wrong else ""

    return trial.check("call", mypy_command([CALL_FILE], OF_THESE_ALONE), read)


def _read(ran: Ran, file: str, claim: Claim, call: str) -> tuple[bool | None, str]:
    traceback = ran.stderr.rpartition(_TRACEBACK)[2]
    frames = [(one["file"], int(one["line"])) for one in _FRAME.finditer(traceback)]
    raised = _raised(traceback)
    if ran.exit_code != 1 or not frames:
        return False, f"{call} raises nothing"
    at = max((number for number, frame in enumerate(frames) if frame[0] == file), default=None)
    # What the arguments do when they are used is their own fault.
    if at is None or any(name == "<string>" for name, _ in frames[at + 1 :]):
        return False, f"{call} raises {raised}, but not in {claim.path}"
    line = frames[at][1]
    if raised != claim.raises or not claim.first_line <= line <= claim.last_line:
        return False, f"{call} raises {raised} in line {line}"
    return True, f"{call} raises {raised} in line {line}"


def _raised(traceback: str) -> str:
    """By the first line that begins with a name: those after it belong to the message."""
    named: Sequence[str] = re.findall(r"^([A-Za-z_][\w.]*)(?::|$)", traceback, re.MULTILINE)
    return named[0].rpartition(".")[2] if named else "nothing"
