"""Command lines of work in a repository, whole, and git's reports, read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ygg.adapters import git_work
from ygg.adapters.git import Access, git
from ygg.adapters.git_reports import (
    Mark,
    Pushed,
    parse_branches,
    parse_changes,
    parse_commits,
    parse_counts,
    parse_pushed,
    parse_status,
    unquoted,
)
from ygg.adapters.git_work import LogFilter

AT = git_work.bare(Path("/m"))
MARK = Mark("m")


def after_neutral(argv: list[str]) -> list[str]:
    """The command, without where: all begin alike."""
    start = [*git(), "--git-dir=/m"]
    assert argv[: len(start)] == start
    return argv[len(start) :]


def test_log_of_all_filters() -> None:
    wanted = LogFilter("abc", "def", "--ada", "-x", "2026-01-01", "2 weeks ago", "-docs")
    assert after_neutral(git_work.log(AT, wanted, 5, MARK)) == [
        *("--literal-pathspecs", "log", "--max-count=5", f"--format={MARK.commit_format}"),
        *("--fixed-strings", "--regexp-ignore-case", "--no-show-signature", "--no-mailmap"),
        *("--author=--ada", "--since=2026-01-01", "--until=2 weeks ago", "--grep=-x"),
        *("--end-of-options", "abc", "^def", "--", "-docs"),
    ]


def test_nothing_forces() -> None:
    argv = git_work.push(AT, "u", ["a:refs/heads/b"], Access(), git_work.lease("b", ""))
    quiet = ["--porcelain", "--no-verify", "--recurse-submodules=no", "--no-follow-tags"]
    lease = "--force-with-lease=refs/heads/b:"
    assert after_neutral(argv) == ["push", *quiet, lease, "--", "u", "a:refs/heads/b"]


def test_a_folder_is_named_whatever_git_was_started_from() -> None:
    argv = git_work.status(git_work.folder(Path("/w")))
    assert argv[len(git()) : len(git()) + 2] == ["--git-dir=/w/.git", "--work-tree=/w"]


def test_bundle_and_forward() -> None:
    assert after_neutral(git_work.bundle(AT, Path("/f"), ["--all"], "abc")) == [
        *("bundle", "create", "--quiet", "/f", "--all", "^abc"),
    ]
    assert after_neutral(git_work.forward_other(AT, "a", "origin/a")) == [
        *("fetch", "--quiet", "--no-recurse-submodules", "--no-tags", "--", "/m"),
        "origin/a:refs/heads/a",
    ]


def test_commits_with_any_characters() -> None:
    fields = ["abc", "", "A\x1f[x]", "a@b", "d", "C", "c@b", "e", "Subject\n\nBody <m\n\n"]
    (found,) = parse_commits("[m]" + "<m>".join(fields) + "\n", MARK)
    assert (found["parents"], found["author"]) == ([], "A\x1f[x]")
    assert (found["subject"], found["body"]) == ("Subject", "Body <m")


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        ("", (0, 0, False)),
        ("ahead 2", (2, 0, False)),
        ("behind 3", (0, 3, False)),
        ("ahead 2, behind 3", (2, 3, False)),
        ("gone", (0, 0, True)),
    ],
)
def test_branches(track: str, expected: tuple[int, int, bool]) -> None:
    fields = ["refs/heads/a/b", "abc", "d", "Ada", "origin/a/b", track, "*", "Subject"]
    (found,) = parse_branches("<m>".join(fields) + "\n", MARK)
    assert (found.ahead, found.behind, found.gone) == expected
    assert (found.name, found.current, found.upstream) == ("a/b", True, "origin/a/b")


def test_status() -> None:
    found = parse_status(
        "# branch.oid (initial)\n# branch.head main\n# branch.upstream origin/main\n"
        "# branch.ab +1 -2\n# stash 3\n"
        "1 M. N... 100644 100644 100644 aaa bbb a b\n"
        '2 R. N... 100644 100644 100644 aaa bbb R100 "n\\tew"\told\n'
        "1 .M N... 100644 100644 100644 aaa bbb c\n"
        "u UU N... 100644 100644 100644 100644 a b c d e f\n"
        '? "\\303\\274 \\"x\\""\n'
    )
    assert (found.commit, found.branch, found.upstream) == (None, "main", "origin/main")
    assert (found.ahead, found.behind, found.stashes) == (1, 2, 3)
    assert (found.staged, found.changed) == (["a b", "n\tew"], ["c"])
    assert (found.conflicted, found.untracked) == (["d e f"], ['ü "x"'])
    assert not found.is_clean


def test_quotes() -> None:
    assert unquoted("plain \\ path") == "plain \\ path"
    assert unquoted('"a\\\\b\\nc\\377"') == "a\\b\nc\ufffd"


def test_pushed() -> None:
    said = (
        "To u\n \tabc:refs/heads/a\t1..2\n*\trefs/heads/b:refs/heads/b\t[new branch]\n"
        "!\trefs/heads/c:refs/heads/c\t[rejected] (fetch first)\n=\tx:refs/tags/d\t[up to date]\n"
        "-\t:refs/heads/e\t[deleted]\nDone\n"
    )
    assert parse_pushed(said) == [
        Pushed("refs/heads/a", "forwarded"),
        Pushed("refs/heads/b", "created"),
        Pushed("refs/heads/c", "rejected", "fetch first"),
        Pushed("refs/tags/d", "unchanged"),
        Pushed("refs/heads/e", "deleted"),
    ]


def test_counts_and_changes() -> None:
    assert parse_counts("2\t13\n") == (2, 13)
    assert parse_changes('A\ta b\nD\t"c\\n"\nT\td\n') == [
        {"path": "a b", "how": "added"},
        {"path": "c\n", "how": "removed"},
        {"path": "d", "how": "changed"},
    ]
