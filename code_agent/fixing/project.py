"""The project that is to be mended: its files as they are now, and what its checks say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from code_agent.checks.suite_of_project import ProjectCheck, Told, first_run
from code_agent.fixing.failures import Failure, failure_of
from code_agent.fixing.progress import Seen, seen
from code_agent.languages.pieces import Piece, all_pieces
from code_agent.languages.which import Language, language_of
from code_agent.protected import is_protected, is_test, matches
from code_agent.retrieval.unfit import unfit_path, unfit_text
from code_agent.trial import Trial
from code_agent.work import Work
from executors.handler import Failed

MOST_FILES = 5000
MOST_FAILURES = 5
"""So many failing tests are looked at for suspects."""
MOST_SELECTED = 50


@dataclass(frozen=True)
class Limits:
    """Which files a fix may change."""

    files: Sequence[str] = ()
    """Globs; nothing: all that are not protected."""
    writable: Sequence[str] = ()

    def allows(self, path: str) -> bool:
        if self.files and not any(matches(path, glob) for glob in self.files):
            return False
        return not is_protected(path, self.writable)


@dataclass(frozen=True)
class Project:
    work: Work
    checks: Sequence[ProjectCheck]
    limits: Limits
    first: Seen
    """Of what was given."""
    now: Seen
    touched: frozenset[str] = frozenset()
    """Protected files that the checks change by themselves."""
    changes: Mapping[str, str] = field(default_factory=dict)
    """What is better now than it was given."""

    def with_change(self, path: str, text: str, now: Seen) -> Project:
        return replace(self, changes={**self.changes, path: text}, now=now)

    def text(self, path: str) -> str:
        return self.changes[path] if path in self.changes else self.work.text(path)

    @property
    def folder(self) -> str:
        return self.work.checkout.folder.relative_to(self.work.root).as_posix()

    @cached_property
    def sources(self) -> dict[str, tuple[Language, str]]:
        return self._texts(path for path in self._paths() if self.limits.allows(path))

    @cached_property
    def tests(self) -> dict[str, tuple[Language, str]]:
        return self._texts(path for path in self._paths() if is_test(path))

    @cached_property
    def pieces(self) -> list[Piece]:
        return all_pieces(self.sources)

    @cached_property
    def helpers(self) -> list[Piece]:
        """What the tests' own functions use leads on to what is tested."""
        return all_pieces(self.tests)

    @cached_property
    def failures(self) -> list[Failure]:
        # Rust has its tests in the files that they test.
        texts = {path: text for path, (_, text) in {**self.sources, **self.tests}.items()}
        paths = self.work.tree.digests.keys()
        names = sorted(self.now.failing)[:MOST_FAILURES]
        return [failure_of(name, self.now.cases[name], texts, paths, self.folder) for name in names]

    def run(self, path: str, text: str) -> tuple[Seen, list[str]]:
        """All checks with this change; and which protected files were others afterwards, though
        they were not after the first run."""
        told: list[Told] = []
        touched: set[str] = set()
        for check in self.checks:
            with self.work.trial({**self.changes, path: text}) as trial:
                told.append(check.run(trial))
                touched |= touched_in(trial, self.work, self.limits)
        return merged(told), sorted(touched - self.touched)

    def selected(self) -> list[str]:
        """The failing tests, where they can be run by their names."""
        names = sorted(self.now.failing)
        there = all("::" in name and self.work.has(self._file(name)) for name in names)
        can = len(self.checks) == 1 and self.checks[0].way.selects
        return names if can and there and len(names) <= MOST_SELECTED else []

    def _file(self, name: str) -> str:
        return PurePosixPath(self.folder, name.partition("::")[0]).as_posix()

    def _paths(self) -> list[str]:
        return sorted(path for path in self.work.tree.digests if not unfit_path(path))[:MOST_FILES]

    def _texts(self, paths: Iterable[str]) -> dict[str, tuple[Language, str]]:
        found = {}
        for path in paths:
            language = language_of(path)
            if language is None or (self.work.root / path).is_symlink():
                continue
            try:
                text = self.text(path)
            except Failed:
                continue  # no text of ours
            if not unfit_text(text):
                found[path] = (language, text)
        return found


def begin(work: Work, checks: Sequence[ProjectCheck], limits: Limits) -> Project:
    """The project as it was given, once its checks have run."""
    touched: set[str] = set()
    checks, told = first_run(
        work, checks, lambda trial: touched.update(touched_in(trial, work, limits))
    )
    first = merged(told)
    return Project(work, checks, limits, first, first, frozenset(touched))


def touched_in(trial: Trial, work: Work, limits: Limits) -> set[str]:
    protected = [path for path in work.tree.digests if is_protected(path, limits.writable)]
    return {path for path in protected if not _is_as_given(trial.root / path, work.root / path)}


def _is_as_given(file: Path, given: Path) -> bool:
    if given.is_symlink() or not given.is_file():
        return True
    is_plain = file.is_file() and not file.is_symlink()
    return is_plain and file.read_bytes() == given.read_bytes()


def merged(told: Sequence[Told]) -> Seen:
    return seen((one.check for one in told), (case for one in told for case in one.cases))
