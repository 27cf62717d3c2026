"""Answers that would make tests pass without being right: they meddle, or know the tests' values.

What is in the function already is no sign of anything; only what an answer adds is looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from code_agent.fixing.ends import new_ends
from code_agent.languages.which import Language
from code_agent.python.exits import new_exits, spoken_of
from code_agent.python.source import is_python, parsed
from code_agent.python.special_cases import special_cases
from code_agent.python.tampering import tampering

MOST_TOLD = 80
_SCRIPT = (
    r"process\.(?:abort|kill|argv|execArgv)|node:test|NODE_TEST_\w+|JEST_\w+|VITEST\w*",
    r"(?<![\w.$])(?:jest|vi|describe|it|test)\s*[.(]|require\.cache|node:assert|assert\.\w+\s*=",
    r"Object\.prototype|globalThis",
)
_SIGNS: Mapping[Language, tuple[str, ...]] = {
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "go": (r"syscall\.\w+|testing\.\w+|(?<!\w)t\.Skip\w*|flag\.Lookup",),
    "rust": (r"cfg!?\(test|#\[ignore|#\[test|std::env::args",),
    "bash": (r"BATS_\w+",),
}
_LITERAL = r"(?:\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|\d[\d_]*(?:\.\d+)?)"
_COMPARED = re.compile(
    rf"(?:===?|!==?|\bis|\bin|\bcase|\bEquals\()\s*[\[({{]?\s*-?({_LITERAL})"
    rf"|-?({_LITERAL})\s*(?:===?|=>|:)"
)
_GIVEN_BACK = re.compile(rf"(?:\breturn|=>|:|\?)\s*[\[({{]*\s*-?({_LITERAL})")
_ORDINARY = frozenset({"0", "1", "2", "10", "100", '""', "''", "0.0", "1.0", "0.5"})


def meddles(language: Language, before: str, after: str, tests: str = "") -> str | None:
    """What of a file reaches for the tests, or out of the program, and did not before. A program
    may end where the tests speak of that."""
    if language == "python":
        return _python(before, after, tests)
    for end in new_ends(language, before, after, tests):
        return f"a fix has no need of {end[:MOST_TOLD]}"
    for sign in _SIGNS.get(language, ()):
        known = {found[0] for found in re.finditer(sign, before)}
        for found in re.finditer(sign, after):
            if found[0] not in known:
                return f"a fix has no need of {found[0].strip()}"
    return None


def _python(before: str, after: str, tests: str) -> str | None:
    try:
        told = tampering(after, before if is_python(before) else "")
        if not spoken_of("", tests):
            told += new_exits(after, before)
    except SyntaxError:
        return None  # there are more faults than this one: the tests cannot pass yet
    return told[0] if told else None


def made_for(language: Language, tests: Sequence[str], before: str, after: str) -> str | None:
    """Whether a value of a test decides what another value of the test is given back for."""
    if language == "python":
        for test in tests:
            if is_python(test) and is_python(after):
                for case in special_cases(after, test, before).found:
                    return case.says()
    of_tests = set(re.findall(_LITERAL, "\n".join(tests))) - _ORDINARY
    new = {one for one in of_tests if one.strip("\"'") not in before}
    asked = {one for one in _values(_COMPARED, after) if _same(one, new)}
    given = {one for one in _values(_GIVEN_BACK, after) if _same(one, new)}
    if asked and given:
        return f"it answers {min(given)} where it is asked for {min(asked)}, as a test does"
    return None


def knows_sizes(language: Language, tests: Sequence[str], before: str, after: str) -> str | None:
    """Whether numbers of a test, or how long its values are, are told apart, though they stand
    nowhere in the code or its documentation. That may be right: nobody can tell."""
    if language != "python" or not is_python(after):
        return None
    sizes = {size for test in tests if is_python(test) for size in _sizes(test)}
    known = set(re.findall(r"\d+", before))
    for node in ast.walk(parsed(after)):
        if isinstance(node, ast.Compare):
            for one in ast.walk(node):
                value = one.value if isinstance(one, ast.Constant) else None
                is_new = type(value) is int and value > 1 and str(value) not in known
                if is_new and value in sizes:
                    return f"it asks for {value}, as a test does: {ast.unparse(node)}"
    return None


def _sizes(test: str) -> Iterator[int]:
    for node in ast.walk(parsed(test)):
        match node:
            case ast.Constant(value=bool()):
                continue
            case ast.Constant(value=int() as value):
                yield value
            case ast.Constant(value=str() | bytes() as text):
                yield len(text)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                yield len(parts)
            case ast.Dict(keys=keys):
                yield len(keys)


def _values(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (value for found in pattern.finditer(text) for value in found.groups() if value)


def _same(value: str, known: set[str]) -> bool:
    """Whichever quotes it is in."""
    return value in known or (value[0] in "\"'" and value[1:-1] in {one[1:-1] for one in known})
