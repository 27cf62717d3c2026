"""The command line that runs a project's tests, and how what comes of it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from executors.projects.kinds import Package, Runner

Form = Literal["junit", "jest", "go", "cargo", "tap"]
"""How the tests' report is written."""
IN_FILES: tuple[Form, ...] = ("junit", "jest")
"""Those that are written into a file; the others on standard output."""


@dataclass(frozen=True)
class SuiteCommand:
    argv: list[str]
    form: Form
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What a command line depends on."""

    program: str
    report: Path
    """Where a runner that writes a file shall write it."""
    package: Package | None = None
    make_targets: frozenset[str] = frozenset()


def command_for(runner: Runner, facts: Facts, args: Sequence[str]) -> SuiteCommand:
    return _COMMANDS[runner](facts, list(args))


def _pytest(facts: Facts, args: list[str]) -> SuiteCommand:
    # The older family of JUnit says in which file and line a test is.
    options = [f"--junitxml={facts.report}", "-o", "junit_family=xunit1", "--color=no"]
    return SuiteCommand([facts.program, *options, "-p", "no:cacheprovider", *args], "junit")


def _go(facts: Facts, args: list[str]) -> SuiteCommand:
    packages = [] if any(not one.startswith("-") for one in args) else ["./..."]
    return SuiteCommand([facts.program, "test", "-json", *args, *packages], "go")


def _cargo(facts: Facts, args: list[str]) -> SuiteCommand:
    return SuiteCommand([facts.program, "test", "--no-fail-fast", *args], "cargo")


def _make(facts: Facts, args: list[str]) -> SuiteCommand:
    only_check = "check" in facts.make_targets and "test" not in facts.make_targets
    return SuiteCommand([facts.program, "check" if only_check else "test", *args], "tap")


def _npm(facts: Facts, args: list[str]) -> SuiteCommand:
    script = facts.package.scripts.get("test", "") if facts.package else ""
    words = {Path(word).name for word in script.split()}
    options: list[str] = []
    form: Form = "junit"
    env: dict[str, str] = {}
    if "node" in words and "--test" in words:
        # As a variable, for options must come before files, and those are in the script already.
        env["NODE_OPTIONS"] = _node_reporters(facts.report)
    elif "vitest" in words:
        options = ["--run", "--reporter=default", "--reporter=junit"]
        options.append(f"--outputFile.junit={facts.report}")
    elif words & {"jest", "react-scripts"}:
        options, form = ["--json", f"--outputFile={facts.report}"], "jest"
    elif words & {"mocha", "_mocha"}:
        options = ["--reporter", "xunit", "--reporter-option", f"output={facts.report}"]
    else:
        form = "tap"
    added = ["--", *options, *args] if options or args else []
    return SuiteCommand([facts.program, "test", *added], form, env)


def _node_reporters(report: Path) -> str:
    quoted = '"' + str(report).replace("\\", "\\\\").replace('"', '\\"') + '"'
    seen = "--test-reporter=spec --test-reporter-destination=stdout"
    return f"{seen} --test-reporter=junit --test-reporter-destination={quoted}"


_COMMANDS: Mapping[Runner, Callable[[Facts, list[str]], SuiteCommand]] = {
    "pytest": _pytest,
    "npm": _npm,
    "go": _go,
    "cargo": _cargo,
    "make": _make,
}
