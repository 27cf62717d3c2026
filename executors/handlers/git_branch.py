"""`git-branch`: list, make, remove and rename branches, on a server or of a clone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from executors.checkouts.repositories import BranchName, RepoOrClone
from executors.checkouts.repository import Repository, in_repository
from executors.checkouts.telling import EXAMPLE, LIMITS, told
from executors.handler import Context, Failed, Params, handler
from executors.sources import Ref, RepositorySettings
from ygg.adapters import git_work
from ygg.adapters.git_output import HEADS
from ygg.adapters.git_reports import parse_pushed

MOST_BRANCHES = 500
DEFAULT_ACTION: Literal["list"] = "list"
TAKES: Mapping[str, tuple[str, ...]] = {
    "list": (),
    "create": ("name", "start"),
    "delete": ("name", "unmerged"),
    "rename": ("name", "to"),
}
"""The params that mean something for an action."""
NEEDED = ("name", "to")
OTHERS = ("name", "to", "start", "unmerged")
NO: JsonValue = {"const": False}


def _rules(action: str) -> dict[str, JsonValue]:
    takes = TAKES[action]
    needed = [name for name in NEEDED if name in takes]
    nothing: JsonValue = {"type": "null", "x-allowed": f"nothing: {action} has no use for it"}
    given: JsonValue = {"type": "string", "x-allowed": "the name of a branch"}
    always: list[JsonValue] = [] if action == DEFAULT_ACTION else ["action"]
    is_it: JsonValue = {"properties": {"action": {"const": action}}, "required": always}
    properties: dict[str, JsonValue] = {
        name: given if name in needed else NO if name == "unmerged" else nothing
        for name in OTHERS
        if name in needed or name not in takes
    }
    return {"if": is_it, "then": {"required": [*needed], "properties": properties}}


class Branches(Params):
    model_config = ConfigDict(json_schema_extra={"allOf": [_rules(action) for action in TAKES]})

    repo: RepoOrClone = Field(examples=[EXAMPLE, "site"])
    """A repository's URL, or the name of a clone on the machine."""
    action: Literal["list", "create", "delete", "rename"] = DEFAULT_ACTION
    """What to do."""
    name: BranchName | None = None
    """The branch to create, delete or rename."""
    to: BranchName | None = None
    """Its new name."""
    start: Ref | None = None
    """Where a new branch begins; by default at the default branch, of a clone at its head."""
    unmerged: bool = False
    """Delete it though it has commits that the default branch lacks."""


@handler(
    "git-branch",
    summary="List, create, delete or rename branches, never over another one.",
    commands=('ygg submit --label git-branch --repo "file://$PWD" --wait',),
    limits=LIMITS,
    examples=[
        {"repo": EXAMPLE},
        {"repo": "git@example.org:me/site.git", "action": "create", "name": "topic"},
    ],
)
def branch(params: Branches, context: Context, settings: RepositorySettings) -> JsonValue:
    actions = {"create": _create, "delete": _delete, "rename": _rename}

    def look(repository: Repository) -> tuple[Repository, str]:
        repository.bring_all()
        return repository, repository.commit(params.start if params.action == "create" else None)

    _check(params)
    if params.action == "list":
        return in_repository(params.repo, context, settings, _list)
    repository, head = in_repository(params.repo, context, settings, look)
    actions[params.action](repository, params, head)
    made = params.to if params.action == "rename" else params.name
    return {"action": params.action, "name": made}


def _check(params: Branches) -> None:
    """What the schema says, for whoever was asked without it."""
    takes = TAKES[params.action]
    given = [name for name in OTHERS if getattr(params, name)]
    if missing := [name for name in NEEDED if name in takes and name not in given]:
        raise Failed(f"to {params.action} a branch takes {' and '.join(missing)}")
    if surplus := [name for name in given if name not in takes]:
        raise Failed(f"{params.action} has no use for {' and '.join(surplus)}", "leave it out")


def _list(repository: Repository) -> JsonValue:
    repository.bring_all()
    default = repository.remote.refs("HEAD").default if repository.mirror else None
    found = []
    for one in repository.branches(MOST_BRANCHES):
        more: dict[str, JsonValue] = {"default": HEADS + one.name == default}
        if repository.mirror is None:
            more = {"current": one.current, "upstream": one.upstream, "gone": one.gone}
            more |= {"ahead": one.ahead, "behind": one.behind}
        found.append(told(one) | more)
    return {"branches": list(found)}


def _create(repository: Repository, params: Branches, head: str) -> None:
    name = str(params.name)
    there = _commit(repository, name)
    if there == head:
        _done_before(repository, f"there is a branch {name} already, at the same commit")
    elif there:
        raise Failed(
            f"{params.repo}: there is a branch {name} already, at {there[:12]}",
            "nothing goes over another branch: take another name",
        )
    elif repository.mirror is None:
        repository.remote.run(git_work.make_branch(repository.at, name, head))
    else:
        _push(repository, [f"{head}:{HEADS}{name}"], git_work.lease(name, ""))


def _delete(repository: Repository, params: Branches, head: str) -> None:
    name = str(params.name)
    _spare_default(repository, name, "it is not deleted here")
    commit = _commit(repository, name)
    if not commit:
        _done_before(repository, f"there is no branch {name}, so none was deleted")
        return
    if repository.mirror is None:
        repository.remote.run(git_work.delete_branch(repository.at, name, unmerged=params.unmerged))
        return
    merged = (
        repository.remote.attempt(git_work.is_ancestor(repository.at, commit, head)).exit_code == 0
    )
    if not merged and not params.unmerged:
        raise Failed(
            f"{name} has commits that the default branch lacks",
            "merge it first, or say unmerged=true",
        )
    _push(repository, [f":{HEADS}{name}"], git_work.lease(name, commit))


def _rename(repository: Repository, params: Branches, head: str) -> None:
    name, to = str(params.name), str(params.to)
    _spare_default(repository, name, "rename it by hand, at the server and in its clones")
    commit = _commit(repository, name)
    there = _commit(repository, to)
    if there and not commit:
        _done_before(repository, f"there is no branch {name}, but a branch {to}")
        return
    if there:
        raise Failed(f"{params.repo}: there is a branch {to} already")
    if repository.mirror is None:
        repository.remote.run(git_work.rename_branch(repository.at, name, to))
        return
    commit = commit or repository.commit(HEADS + name)
    leases = [git_work.lease(name, commit), git_work.lease(to, "")]
    _push(repository, [f"{commit}:{HEADS}{to}", f":{HEADS}{name}"], "--atomic", *leases)


def _done_before(repository: Repository, text: str) -> None:
    """By an attempt whose executor was lost before it could say so, as far as can be told."""
    repository.remote.context.warn(f"{repository.remote.url}: {text}")


def _spare_default(repository: Repository, name: str, hint: str) -> None:
    if name in repository.default_branches():
        raise Failed(f"{name} is the default branch of {repository.remote.url}", hint)


def _commit(repository: Repository, name: str) -> str:
    return repository.remote.attempt(git_work.commit_of(repository.at, HEADS + name)).stdout.strip()


def _push(repository: Repository, refs: list[str], *options: str) -> None:
    remote = repository.remote
    said = remote.push(repository.at, refs, *options)
    for one in parse_pushed(said):
        remote.context.log(f"{one.ref}: {one.how} {one.reason}".rstrip())
