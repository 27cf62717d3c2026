"""A result's branch, from its bundle into a clone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ygg.cli.change_branch import Clone
from ygg.cli.output import note, say, say_json
from ygg.code_results import BUNDLE

if TYPE_CHECKING:
    from ygg.cli.apply_asked import Asked
    from ygg.cli.code_result import Branch
    from ygg.client import Client

SHORT = 12
"""Digits of a commit that a person reads."""


def apply_branch(
    client: Client, task_id: str, branch: Branch, asked: Asked, be_sure: Callable[[], None]
) -> None:
    clone = Clone(asked.folder)
    there = clone.has(branch)
    if not there and not asked.dry_run:
        be_sure()
        clone.take(branch, client.artifact(task_id, BUNDLE))
    if asked.as_json:
        told = {"already": there, **branch._asdict()}
        say_json({"task": task_id, "dry_run": asked.dry_run, "branch": told})
        return
    commit, base = branch.commit[:SHORT], branch.base[:SHORT]
    if asked.dry_run and not there:
        say(f"would make the branch {branch.name} at {commit}, upon {base}")
        return
    say(f"branch {branch.name} {'is there already' if there else 'made'}: {commit}, upon {base}")
    note(f"ygg: next: git diff {base} {branch.name}, then git merge {branch.name}")
