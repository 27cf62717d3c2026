"""`git-branch`: list, make, remove and rename branches, on a server or of a clone."""

from __future__ import annotations

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
_A_NAME: JsonValue = {"type": "string", "x-allowed": "the name of a branch"}


def _needs(action: str, *names: str) -> dict[str, JsonValue]:
    return {
        "if": {"properties": {"action": {"const": action}}, "required": ["action"]},
        "then": {"required": list(names), "properties": dict.fromkeys(names, _A_NAME)},
    }


class Branches(Params):
    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                _needs("create", "name"),
                _needs("delete", "name"),
                _needs("rename", "name", "to"),
            ]
        }
    )

    repo: RepoOrClone = Field(examples=[EXAMPLE, "site"])
    """A repository's URL, or the name of a clone on the machine."""
    action: Literal["list", "create", "delete", "rename"] = "list"
    """What to do."""
    name: BranchName | None = None
    """The branch to create, delete or rename."""
    to: BranchName | None = None
    """Its new name."""
    start: Ref | None = None
    """Where a new branch begins; by default at the default branch."""
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

    if params.action == "list":
        return in_repository(params.repo, context, settings, _list)
    if params.name is None or (params.action == "rename" and params.to is None):
        raise Failed(f"to {params.action} a branch takes its name")
    repository, head = in_repository(params.repo, context, settings, look)
    actions[params.action](repository, params, head)
    return {"action": params.action, "name": params.to or params.name}


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
    if repository.mirror is None:
        repository.remote.run(git_work.make_branch(repository.at, name, head))
        return
    if _commit(repository, name):
        raise Failed(f"{params.repo}: there is a branch {name} already")
    _push(repository, [f"{head}:{HEADS}{name}"], git_work.lease(name, ""))


def _delete(repository: Repository, params: Branches, head: str) -> None:
    name = str(params.name)
    if repository.mirror is None:
        repository.remote.run(git_work.delete_branch(repository.at, name, unmerged=params.unmerged))
        return
    commit = _there(repository, name)
    if repository.remote.refs("HEAD").default == HEADS + name:
        raise Failed(f"{name} is the default branch of {params.repo}", "it is not deleted here")
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
    if repository.mirror is None:
        repository.remote.run(git_work.rename_branch(repository.at, name, to))
        return
    commit = _there(repository, name)
    if _commit(repository, to):
        raise Failed(f"{params.repo}: there is a branch {to} already")
    if repository.remote.refs("HEAD").default == HEADS + name:
        raise Failed(f"{name} is the default branch of {params.repo}", "rename it at the server")
    leases = [git_work.lease(name, commit), git_work.lease(to, "")]
    _push(repository, [f"{commit}:{HEADS}{to}", f":{HEADS}{name}"], "--atomic", *leases)


def _commit(repository: Repository, name: str) -> str:
    return repository.remote.attempt(git_work.commit_of(repository.at, HEADS + name)).stdout.strip()


def _there(repository: Repository, name: str) -> str:
    return _commit(repository, name) or repository.commit(f"{HEADS}{name}")


def _push(repository: Repository, refs: list[str], *options: str) -> None:
    remote = repository.remote
    said = remote.push(repository.at, refs, *options)
    for one in parse_pushed(said):
        remote.context.log(f"{one.ref}: {one.how} {one.reason}".rstrip())
