"""Reads what git answers."""

from __future__ import annotations

from dataclasses import dataclass

PEELED = "^{}"
HEADS, TAGS = "refs/heads/", "refs/tags/"


@dataclass(frozen=True)
class RemoteRefs:
    """What a remote has, as `ls-remote --symref` tells it."""

    commits: dict[str, str]
    """Object by whole name of the ref; of a tag with a message, what it is on."""
    default: str | None
    """The ref that HEAD stands for."""

    def find(self, name: str) -> str | None:
        """The whole name of a ref: a branch goes before a tag."""
        wanted = (name,) if name.startswith("refs/") else (HEADS + name, TAGS + name)
        return next((one for one in wanted if one in self.commits), None)

    @property
    def names(self) -> list[str]:
        """Branches and tags, as people write them."""
        return [
            name.removeprefix(HEADS).removeprefix(TAGS)
            for name in self.commits
            if name.startswith((HEADS, TAGS))
        ]


def parse_remote_refs(text: str) -> RemoteRefs:
    commits: dict[str, str] = {}
    default = None
    for line in text.splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            default = value.removeprefix("ref: ")
        elif name and not value.startswith("ref: "):
            commits[name.removesuffix(PEELED)] = value
    return RemoteRefs(commits, default)


def parse_remote_heads(text: str) -> set[str]:
    """The branches that `refs/remotes/origin/HEAD` and its like stand for."""
    found = set()
    for line in text.splitlines():
        name, _, meant = line.partition(" ")
        if meant:
            found.add(meant.removeprefix(name.removesuffix("HEAD")))
    return found
