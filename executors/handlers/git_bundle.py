"""`git-bundle`: a repository, or what is new in it, as one file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from executors.checkouts.remote import LOG_BYTES
from executors.checkouts.repositories import RepoOrClone
from executors.checkouts.repository import Repository, in_repository
from executors.checkouts.telling import EXAMPLE, LIMITS
from executors.handler import Context, Params, handler
from executors.sources import Ref, RepositorySettings
from ygg.adapters import git_work
from ygg.adapters.git_output import HEADS, TAGS
from ygg.adapters.git_trouble import own_trouble
from ygg.errors import NotFound

ALL = ("--branches", "--tags")
EMPTY = "Refusing to create empty bundle"


class Bundle(Params):
    repo: RepoOrClone = Field(examples=[EXAMPLE, "site"])
    """A repository's URL, or the name of a clone on the machine."""
    refs: Annotated[list[Ref], Field(max_length=100)] = Field(default=[], examples=[["main"]])
    """Branches and tags; by default all of them."""
    since: Ref | None = None
    """Leave out this commit, tag or branch and all that led to it: the receiver has it."""
    file: str = Field(
        default="repository.bundle",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$",
        max_length=100,
        json_schema_extra={"x-allowed": "a file's name of letters, digits, dots, dashes and `_`"},
    )
    """What to call the artifact."""


@handler(
    "git-bundle",
    summary="Keep a repository, or what is new since a commit, as a bundle file.",
    commands=('ygg submit --label git-bundle --repo "file://$PWD" --wait',),
    limits=LIMITS,
    examples=[{"repo": EXAMPLE}, {"repo": "site", "refs": ["main"], "since": "v1.0"}],
)
def bundle(params: Bundle, context: Context, settings: RepositorySettings) -> JsonValue:
    file = context.workspace / params.file

    def work(repository: Repository) -> JsonValue:
        repository.bring_all()
        refs = [_full_name(repository, ref) for ref in params.refs] or _everything(repository)
        since = repository.commit(params.since) if params.since else None
        ran = repository.remote.attempt(git_work.bundle(repository.at, file, refs, since))
        if EMPTY in ran.stderr:
            context.warn("nothing is new: there is no bundle")
            return {"file": None, "size_bytes": 0, "since": since, "refs": []}
        if ran.exit_code:
            raise own_trouble(repository.remote.url, ran.stderr)
        return {
            "file": params.file,
            "size_bytes": file.stat().st_size,
            "since": since,
            "refs": _heads(
                repository.remote.run(git_work.bundle_heads(file), keep_bytes=LOG_BYTES)
            ),
        }

    made = in_repository(params.repo, context, settings, work)
    if file.exists():
        context.artifact(params.file)
    return made


def _everything(repository: Repository) -> list[str]:
    """With the default branch as HEAD, so that the bundle can be cloned."""
    if repository.mirror is None:
        return ["HEAD", *ALL]
    default = repository.remote.refs("HEAD").default
    if default is None:
        return list(ALL)
    repository.remote.run(git_work.point_head(repository.at, default))
    return ["HEAD", *ALL]


def _full_name(repository: Repository, ref: str) -> str:
    names = [ref] if ref.startswith("refs/") else [HEADS + ref, TAGS + ref]
    for name in names:
        if repository.remote.attempt(git_work.commit_of(repository.at, name)).exit_code == 0:
            return name
    raise NotFound(
        f"{repository.remote.url}: it has no branch or tag {ref}",
        hint="a bundle is made of branches and tags; `since` takes a commit, too",
    )


def _heads(text: str) -> JsonValue:
    lines = (line.partition(" ") for line in text.splitlines())
    return [{"name": name, "commit": commit} for commit, _, name in lines]
