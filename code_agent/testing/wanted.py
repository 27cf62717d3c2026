"""Which files are tested, which names in each, and where the tests go."""

from __future__ import annotations

from collections.abc import Sequence

from code_agent.languages.which import language_of
from code_agent.protected import is_test
from code_agent.python.source import said_of
from code_agent.python.symbols import all_symbols
from code_agent.session import Session
from code_agent.testing.places import subject_of
from code_agent.testing.subject import Subject, public_names
from code_agent.work import Work
from executors.handler import Failed


def chosen(
    session: Session, wanted: Sequence[str], test_name: str | None
) -> list[tuple[Subject, list[str]]]:
    """Each file with the names in it; by default those that are public."""
    work = session.work
    paths = _python_files(session.chosen(lambda _, text: len(_known(text, wanted)) > 0))
    names = {path: _names(path, work.text(path), wanted) for path in paths}
    known = {name for found in names.values() for name in found}
    if missing := [name for name in wanted if name not in known]:
        raise Failed(f"there is no {missing[0]} in {', '.join(paths[:5])}", "names are as in code")
    found = [path for path in paths if names[path]]
    if not found:
        raise Failed("there is no public function or class to test", "say which in names")
    test_path = _test_path(work, test_name)
    if test_path and len(found) > 1:
        raise Failed("test_name is for one file", f"name one of {', '.join(found[:5])} in files")
    return [(one, names[one.path]) for one in _subjects(session, found, test_path)]


def _subjects(session: Session, paths: Sequence[str], test_path: str) -> list[Subject]:
    """One that was not asked for by its name is left out where it cannot be imported."""
    found: list[Subject] = []
    for path in paths:
        try:
            others = [one.test_path for one in found]
            found.append(subject_of(session.work, path, test_path, others))
        except Failed as error:
            if session.work.targets or (path == paths[-1] and not found):
                raise
            session.left_out.append(error.reason)
    return found


def _python_files(chosen: Sequence[str]) -> list[str]:
    python = [path for path in chosen if language_of(path) == "python"]
    found = [path for path in python if path.endswith(".py") and not is_test(path)]
    if not found:
        raise Failed("there is no Python file to test", "name one in files, or send one along")
    return found


def _names(path: str, source: str, names: Sequence[str]) -> list[str]:
    try:
        return _known(source, names)
    except SyntaxError as error:
        raise Failed(f"{path} cannot be parsed: {said_of(error)}", "mend that first") from error


def _known(source: str, names: Sequence[str]) -> list[str]:
    if not names:
        return public_names(source)
    known = {one.name for one in all_symbols(source)}
    return [name for name in dict.fromkeys(names) if name in known]


def _test_path(work: Work, name: str | None) -> str:
    if name is None:
        return ""
    path = work.from_root(name)
    if not path.endswith(".py"):
        raise Failed(f"{path} is no Python file", "give test_name as in test_shapes.py")
    if work.has(path):
        raise Failed(f"{path} is there already", "give test_name, or leave it out")
    return path
