"""Reads git's reports: commits, branches, the state of a working copy, how a push went."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from pydantic import JsonValue

from ygg.adapters.git_output import HEADS

_COMMIT = ("%H", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B")
_BRANCH = (
    *("%(refname)", "%(objectname)", "%(committerdate:iso-strict)", "%(authorname)"),
    *("%(upstream:short)", "%(upstream:track,nobracket)", "%(HEAD)", "%(contents:subject)"),
)
_QUOTED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))
BODY_LENGTH = 2000


@dataclass(frozen=True)
class Mark:
    """Stands between fields, and before each commit. Messages and names may have any character
    in them, so it is a word that nobody can guess."""

    word: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def text(self) -> str:
        return f"<{self.word}>"

    @property
    def commit(self) -> str:
        return f"[{self.word}]"

    @property
    def commit_format(self) -> str:
        return self.commit + self.text.join(_COMMIT)

    @property
    def branch_format(self) -> str:
        return self.text.join(_BRANCH)


def parse_commits(text: str, mark: Mark) -> list[dict[str, JsonValue]]:
    return [_commit(one.split(mark.text)) for one in text.split(mark.commit)[1:]]


def _commit(fields: list[str]) -> dict[str, JsonValue]:
    commit, parents, author, email, date, committer, committer_email, committed, message = fields
    subject, _, body = message.strip().partition("\n")
    return {
        "commit": commit,
        "parents": list(parents.split()),
        "author": author,
        "email": email,
        "date": date,
        "committer": committer,
        "committer_email": committer_email,
        "committed": committed,
        "subject": subject[:BODY_LENGTH],
        "body": body.strip()[:BODY_LENGTH],
    }


@dataclass(frozen=True)
class Branch:
    """A branch as its repository has it; ahead and behind are of its upstream, if it has one."""

    name: str
    commit: str
    date: str
    author: str
    upstream: str | None
    ahead: int
    behind: int
    gone: bool
    """Its upstream is no longer there."""
    current: bool
    subject: str


def parse_branches(text: str, mark: Mark) -> list[Branch]:
    return [_branch(line.split(mark.text)) for line in text.split("\n") if mark.text in line]


def _branch(fields: list[str]) -> Branch:
    name, commit, date, author, upstream, track, head, subject = fields
    words = track.replace(",", "").split()
    counts = dict(zip(words[::2], words[1::2], strict=False))
    return Branch(
        name=name.removeprefix(HEADS),
        commit=commit,
        date=date,
        author=author,
        upstream=upstream or None,
        ahead=int(counts.get("ahead", 0)),
        behind=int(counts.get("behind", 0)),
        gone=track == "gone",
        current=head == "*",
        subject=subject[:BODY_LENGTH],
    )


def parse_counts(text: str) -> tuple[int, int]:
    left, _, right = text.partition("\t")
    return int(left), int(right)


@dataclass
class WorkingCopy:
    """What `git status` says."""

    commit: str | None = None
    branch: str | None = None
    upstream: str | None = None
    ahead: int = 0
    behind: int = 0
    stashes: int = 0
    staged: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    untracked: list[str] = field(default_factory=list)
    conflicted: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.staged or self.changed or self.untracked or self.conflicted)


def parse_status(text: str) -> WorkingCopy:
    """Of porcelain version 2."""
    found = WorkingCopy()
    for entry in text.split("\n"):
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            _header(found, *rest.split(" ", 1))
        elif kind == "1":
            _changed(found, rest[:2], rest.split(" ", 7)[-1])
        elif kind == "2":  # a rename: a field more, and where it was
            _changed(found, rest[:2], rest.split(" ", 8)[-1].partition("\t")[0])
        elif kind == "u":
            found.conflicted.append(unquoted(rest.split(" ", 9)[-1]))
        elif kind == "?":
            found.untracked.append(unquoted(rest))
    return found


def unquoted(path: str) -> str:
    """A path as git writes it: one with odd characters in quotes, and these by number."""
    if not (path.startswith('"') and path.endswith('"')):
        return path

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8) & 255 if len(code) == 3 else _ESCAPED.get(code[0], code[0])])

    return _QUOTED.sub(plain, path[1:-1].encode()).decode(errors="replace")


def _header(found: WorkingCopy, name: str, value: str = "") -> None:
    if name == "branch.oid":
        found.commit = None if value == "(initial)" else value
    elif name == "branch.head":
        found.branch = None if value == "(detached)" else value
    elif name == "branch.upstream":
        found.upstream = value
    elif name == "branch.ab":
        ahead, behind = value.split()
        found.ahead, found.behind = abs(int(ahead)), abs(int(behind))
    elif name == "stash":
        found.stashes = int(value)


def _changed(found: WorkingCopy, how: str, path: str) -> None:
    if how[0] != ".":
        found.staged.append(unquoted(path))
    if how[1] != ".":
        found.changed.append(unquoted(path))


@dataclass(frozen=True)
class Pushed:
    """What became of one ref."""

    ref: str
    how: str
    """created, forwarded, deleted, unchanged or rejected."""
    reason: str = ""


_HOW = {
    " ": "forwarded",
    "+": "forced",
    "*": "created",
    "-": "deleted",
    "=": "unchanged",
    "!": "rejected",
}


def parse_pushed(text: str) -> list[Pushed]:
    found = []
    for line in text.splitlines():
        how, _, rest = line.partition("\t")
        refs, _, summary = rest.partition("\t")
        if how in _HOW and ":" in refs:
            found.append(Pushed(refs.rpartition(":")[2], _HOW[how], _reason(summary)))
    return found


def _reason(summary: str) -> str:
    """`[rejected] (fetch first)` → `fetch first`."""
    _, opened, rest = summary.partition("(")
    return rest.rstrip(")") if opened else ""


def parse_changes(text: str) -> list[dict[str, JsonValue]]:
    """Of `--name-status`."""
    names = {"A": "added", "D": "removed"}
    lines = (line.partition("\t") for line in text.split("\n") if "\t" in line)
    return [{"path": unquoted(path), "how": names.get(how, "changed")} for how, _, path in lines]
