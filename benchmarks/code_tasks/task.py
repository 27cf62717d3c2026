"""What a task holds: a TOML file, in the folder of its label. README.md says how to read one."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, JsonValue

Files = Mapping[str, str]
"""The text of each file, by its path."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Edit(Frozen):
    """Text that stands exactly once in a file, and what takes its place."""

    old: str
    new: str
    path: str | None = None
    """May be left out where there is one file."""


class Finding(Frozen):
    """What a review says of one line."""

    line: int
    says: str
    path: str | None = None
    advisory: bool = False


class Result(Frozen):
    """What somebody hands in: files new or changed, or, from a review, findings."""

    files: dict[str, str] = {}
    edits: tuple[Edit, ...] = ()
    """In place of whole files; the corpus has them put into `files` when it is read."""
    findings: tuple[Finding, ...] = ()


class Wrong(Result):
    """A plausible result that has to be turned down. Its edits are to the reference."""

    why: str


class Hidden(Frozen):
    """What decides, and the agent never sees. Which fields there are depends on the label."""

    tests: str = ""
    """A pytest file. `before` is the module as it was submitted."""
    facts: tuple[tuple[str | int, ...], ...] = ()
    """What has to hold of the source: a function of facts.py and its arguments."""
    mutants: tuple[Edit, ...] = ()
    """Changes to the submitted source that the tests handed in have to notice."""
    kills: int = 0
    """How many of them."""
    mended: Edit | None = None
    """What the source would be without its planted bug: tests have to tell the two apart."""
    about: dict[str, tuple[str, ...]] = {}
    """For each public name, words of which its docstring holds one."""
    lines: tuple[int, ...] = ()
    """Where the seeded defect is. None: the code is clean."""
    words: tuple[str, ...] = ()
    """A finding that saw the defect holds one of them."""


class Task(Frozen):
    id: str
    """Its folder and the name of its file: `generate/clamp`."""
    label: str
    seed: int
    params: dict[str, JsonValue] = {}
    files: dict[str, str] = {}
    """Submitted with the task."""
    hidden: Hidden
    reference: Result
    """A right one."""
    wrong: tuple[Wrong, ...]

    @property
    def planted_bug(self) -> bool:
        """Whether the submitted code is wrong, so that good tests fail on it."""
        return self.hidden.mended is not None

    def shown(self) -> dict[str, JsonValue]:
        """The params to submit it with."""
        return {**self.params, "seed": self.seed}

    def sources(self) -> dict[str, str]:
        """The submitted files that are not tests."""
        return {path: text for path, text in self.files.items() if not is_test(path)}

    def source(self) -> str:
        """The text of the one module of a task that has one."""
        return next(iter(self.sources().values()))


def is_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
