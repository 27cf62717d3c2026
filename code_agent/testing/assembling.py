"""The file that the kept tests make together."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from code_agent.checks.programs import own_program
from code_agent.python.imports import Import
from code_agent.python.source import is_python, parsed
from code_agent.testing.single import OneTest
from code_agent.testing.testbed import Testbed

FORMATTED_BYTES = 1024 * 1024
_SECONDS = 20.0
_GAP = "\n\n\n"


@dataclass
class Assembled:
    text: str = ""
    tests: dict[str, OneTest] = field(default_factory=dict)
    """By the names that they have in it."""
    clashing: dict[str, str] = field(default_factory=dict)
    """Tests that had no place in it, and why."""


def assembled(tests: Sequence[OneTest], module: str) -> Assembled:
    found = Assembled()
    imports: dict[str, Import] = {}
    support: dict[str, ast.stmt] = {}
    for test in tests:
        own_imports = {_bound(one): one for one in test.imports}
        own_support = {_name(one): one for one in test.support}
        taken = [*_clashes(own_imports, imports), *_clashes(own_support, support)]
        if taken:
            found.clashing[test.name] = f"it needs {taken[0]}, which is another in other tests"
            continue
        imports |= own_imports
        support |= own_support
        name = _free(test.name, {*found.tests, *imports, *support})
        found.tests[name] = test.renamed(name)
    parts = [
        "\n\n".join(_blocks(list(imports.values()), module)),
        *(ast.unparse(one) for one in support.values()),
        *(ast.unparse(one.function) for one in found.tests.values()),
    ]
    found.text = _GAP.join(part for part in parts if part) + "\n"
    return found


def formatted(text: str, testbed: Testbed) -> str:
    """As the formatter would have it, where there is one."""
    program = own_program("ruff")
    if program is None:
        return text
    argv = [program, "format", "--isolated", "--quiet", "--stdin-filename", "test.py", "-"]
    with testbed.trial({}, _SECONDS) as trial:
        ran = trial.run(argv, stdin=text, keep_bytes=FORMATTED_BYTES)
    made = ran.stdout
    is_same = is_python(made) and ast.dump(parsed(made)) == ast.dump(parsed(text))
    return made if ran.exit_code == 0 and is_same else text


def _clashes(own: Mapping[str, ast.stmt], others: Mapping[str, ast.stmt]) -> Iterator[str]:
    for name, one in own.items():
        if name in others and ast.dump(others[name]) != ast.dump(one):
            yield name


def _bound(one: Import) -> str:
    [alias] = one.names
    return alias.asname or alias.name


def _name(one: ast.stmt) -> str:
    if isinstance(one, ast.Assign):
        return ast.unparse(one.targets[0])
    return str(getattr(one, "name", ""))


def _free(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _blocks(imports: Sequence[Import], module: str) -> Iterator[str]:
    """The standard library, what is installed, and the code that is tested."""
    standard = [one for one in imports if _root(one) in sys.stdlib_module_names]
    own = [one for one in imports if _root(one) == module.partition(".")[0]]
    others = [one for one in imports if one not in standard and one not in own]
    for group in (standard, others, own):
        if group:
            yield "\n".join(_merged(group))


def _merged(imports: Sequence[Import]) -> Iterator[str]:
    plain = {ast.unparse(one) for one in imports if isinstance(one, ast.Import)}
    yield from sorted(plain)
    froms: dict[tuple[str, int], dict[str, ast.alias]] = {}
    for one in imports:
        if isinstance(one, ast.ImportFrom):
            names = froms.setdefault((one.module or "", one.level), {})
            names.update({ast.dump(alias): alias for alias in one.names})
    for (module, level), names in sorted(froms.items()):
        aliases = sorted(names.values(), key=lambda alias: alias.name)
        yield ast.unparse(ast.ImportFrom(module or None, aliases, level))


def _root(one: Import) -> str:
    if isinstance(one, ast.ImportFrom):
        return "." if one.level else (one.module or "").partition(".")[0]
    return one.names[0].name.partition(".")[0]
