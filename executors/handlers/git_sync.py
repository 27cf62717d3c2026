"""`git-sync`: bring a machine's clone, or another server, up to date: forward, or not at all."""

from __future__ import annotations

from pydantic import ConfigDict, Field, JsonValue

from executors.checkouts.remote import LOG_BYTES, reach
from executors.checkouts.repositories import RepoOrClone
from executors.checkouts.repository import Repository, clone_of, in_repository, is_clone
from executors.checkouts.telling import LIMITS
from executors.handler import Context, Failed, Params, handler
from executors.sources import RepositorySettings, RepoUrl
from ygg.adapters import git_work
from ygg.adapters.git_output import HEADS, TAGS
from ygg.adapters.git_reports import Branch, parse_pushed
from ygg.adapters.git_trouble import own_trouble

MOST_BRANCHES = 1000
HINT = "nothing is forced: bring the two together by hand, then sync again"
_BAD = ("diverged", "blocked", "rejected")


class Sync(Params):
    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "properties": {"repo": {"pattern": ":", "x-allowed": "a URL"}},
                "required": ["repo"],
            },
            "then": {
                "required": ["to"],
                "properties": {
                    "to": {
                        "type": "string",
                        "x-allowed": "the URL of the repository to bring up to date",
                    }
                },
            },
            "else": {
                "properties": {"to": {"type": "null", "x-allowed": "nothing: repo is a clone"}}
            },
        }
    )

    repo: RepoOrClone = Field(examples=["site", "git@example.org:me/site.git"])
    """The name of a clone on the machine; or the URL of the repository to copy from."""
    to: RepoUrl | None = None
    """The repository to copy branches and tags to."""


@handler(
    "git-sync",
    summary="Bring a machine's clone, or another server, up to date: forward only.",
    limits=LIMITS,
    examples=[
        {"repo": "site"},
        {"repo": "https://example.org/me/site.git", "to": "git@mirror.example.org:site.git"},
    ],
)
def sync(params: Sync, context: Context, settings: RepositorySettings) -> JsonValue:
    if is_clone(params.repo):
        repository, _ = clone_of(params.repo, context, settings)
        done = _sync_clone(repository)
    elif params.to is None:
        raise Failed(f"where is {params.repo} to be copied to?", "give `to`, another URL")
    else:
        done = _copy(params.repo, params.to, context, settings)
    bad = [f"{one['name']} ({one['how']})" for one in done if one["how"] in _BAD]
    result: JsonValue = {"branches": list(done)}
    if bad:
        raise Failed(f"{params.to or params.repo}: {', '.join(bad)[:1000]}", HINT, result)
    return result


def _sync_clone(repository: Repository) -> list[dict[str, JsonValue]]:
    repository.remote.run(git_work.fetch_clone(repository.at, repository.remote.access))
    return [_forward(repository, branch) for branch in repository.branches(MOST_BRANCHES)]


def _forward(repository: Repository, branch: Branch) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {
        "name": branch.name,
        "upstream": branch.upstream,
        "how": _standing(branch),
        "ahead": branch.ahead,
        "behind": branch.behind,
        "commit": branch.commit,
    }
    if found["how"] != "behind":
        return found
    if branch.current:
        ran = repository.remote.attempt(git_work.forward_current(repository.at))
    else:
        argv = git_work.forward_other(repository.at, branch.name, str(branch.upstream))
        ran = repository.remote.attempt(argv)
    if ran.exit_code:
        repository.remote.context.log(ran.stderr)
        return found | {"how": "blocked", "reason": ran.stderr.strip()[:500]}
    commit = repository.commit(HEADS + branch.name)
    return found | {"how": "forwarded", "from": branch.commit, "commit": commit}


def _standing(branch: Branch) -> str:
    if branch.upstream is None:
        return "without upstream"
    if branch.gone:
        return "gone"
    if branch.ahead and branch.behind:
        return "diverged"
    if branch.behind:
        return "behind"
    return "ahead" if branch.ahead else "unchanged"


def _copy(
    repo: str, to: str, context: Context, settings: RepositorySettings
) -> list[dict[str, JsonValue]]:
    target = reach(to, context, settings)

    def bring(repository: Repository) -> Repository:
        repository.bring_all()
        return repository

    repository = in_repository(repo, context, settings, bring)
    refs = [f"{below}*:{below}*" for below in (HEADS, TAGS)]
    ran = target.attempt(
        git_work.push(repository.at, to, refs, target.access), keep_bytes=LOG_BYTES
    )
    pushed = parse_pushed(ran.stdout)
    if ran.exit_code and not any(one.how == "rejected" for one in pushed):
        context.log(ran.stderr)
        raise own_trouble(to, ran.stderr)
    return [_told(one.ref, one.how, one.reason) for one in pushed]


def _told(ref: str, how: str, reason: str) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {"name": ref.removeprefix(HEADS), "how": how}
    return found | {"reason": reason} if reason else found
