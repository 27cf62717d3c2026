"""Which repositories a task may name, and how this machine reaches them."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field

from executors.checkouts.places import places
from executors.handler import HandlerSettings
from ygg.adapters.git import Access, RepositoryAddress, address_of
from ygg.errors import Denied
from ygg.machine_settings import HomePath

URL_LENGTH = 2048
REF_LENGTH = 255

AUTHOR = r"^[^<>\u0000-\u001f]*[^<>\u0000-\u0020.,:;'\"\\] <[^<>\u0000-\u0020]+>$"
"""`Ada <ada@example.org>`. Git drops signs at a name's end, and refuses a name of nothing else."""

_HOST = r"([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_PORT = r":([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_USER = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_PATH = r"[A-Za-z0-9._~+=,@%/:-]*"
_URL = (
    rf"^(https?://{_HOST}({_PORT})?/{_PATH}"
    rf"|ssh://({_USER}@)?{_HOST}({_PORT})?/{_PATH}"
    rf"|{_USER}@{_HOST}:[A-Za-z0-9._~/]{_PATH}"
    rf"|file:///{_PATH})$"
)
_NAME = r"[^\u0000-\u0020\u007f~^:?*\[\\{./]"
_PART = rf"{_NAME}+(\.{_NAME}+)*"
# The first character apart: a dash there would be an option.
_REF = rf"^[^\u0000-\u0020\u007f~^:?*\[\\{{./-]{_NAME}*(\.{_NAME}+)*(/{_PART})*$"

RepoUrl = Annotated[
    str,
    Field(
        pattern=_URL,
        max_length=URL_LENGTH,
        json_schema_extra={
            "x-allowed": "a repository's URL: https://, http://, ssh://, git@HOST:PATH or file://, "
            "without a password; those are files on the executor's machine"
        },
    ),
]
CLONE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""The name of a working copy on the machine: no URL looks like one."""

RepoOrClone = Annotated[
    str,
    Field(
        pattern=f"^{CLONE.pattern}$|{_URL}",
        max_length=URL_LENGTH,
        json_schema_extra={
            "x-allowed": "a repository's URL: https://, http://, ssh://, git@HOST:PATH or file://, "
            "without a password; or the name of one of the machine's clones"
        },
    ),
]
CloneName = Annotated[str, Field(pattern=f"^{CLONE.pattern}$")]
Ref = Annotated[
    str,
    Field(
        pattern=_REF,
        max_length=REF_LENGTH,
        json_schema_extra={"x-allowed": "a branch, a tag or a commit, by its name or hash"},
    ),
]
BranchName = Annotated[
    str,
    Field(
        pattern=_REF,
        max_length=REF_LENGTH,
        json_schema_extra={
            # Only said in the schema: pydantic's own regular expressions know no look-ahead.
            "pattern": r"^(?!(HEAD|@)$)(?!refs/)(?!(.*\.lock(/|$)))" + _REF.removeprefix("^"),
            "x-allowed": "the name of a branch, without refs/heads/",
        },
    ),
]


class RepositorySettings(HandlerSettings):
    """How this machine reaches repositories, and what it keeps of them."""

    section = "repositories"

    key_file: HomePath | None = None
    """The private key for SSH; by default those in the executor's own `~/.ssh`."""
    known_hosts_file: HomePath | None = None
    """The host keys that it trusts; by default those of the executor's user and its machine."""
    use_agent: bool = False
    """Whether keys may come from the SSH agent of the executor's environment."""
    credentials_file: HomePath | None = None
    """For HTTPS, in git's format: a line `https://USER:TOKEN@HOST` each."""
    allow: tuple[str, ...] = ()
    """What a URL must begin with, such as `https://github.com/me/`; empty allows all but file://."""
    allow_file: tuple[HomePath, ...] = ()
    """Folders whose repositories file:// may name."""
    clones: dict[CloneName, HomePath] = Field(default={})
    """Working copies on this machine that tasks may name: `{ site = "/srv/site" }`."""
    author: str = Field(default="Yggdrasil <yggdrasil@localhost>", pattern=AUTHOR)
    """Who commits, and who writes a commit that names nobody."""
    keep_days: float = Field(default=30, gt=0)
    """A repository that no task has used for so long is no longer kept."""
    cache_bytes: int = Field(default=20 * 1024**3, ge=0)
    """With more than this kept, those go that have not been used for longest."""

    def access(self) -> Access:
        return Access(
            key_file=self.key_file,
            known_hosts_file=self.known_hosts_file,
            use_agent=self.use_agent,
            credentials_file=self.credentials_file,
            # A redirect could lead out of what is allowed.
            redirects=not self.allow,
        )


def permit(url: str, settings: RepositorySettings) -> RepositoryAddress:
    """Where the URL leads, if this machine goes there."""
    address = address_of(url)
    if ".." in address.path.split("/") or not address.path.isprintable():
        raise Denied(f"{url}: a repository's path has no `..` and no control characters")
    if address.scheme == "file":
        _permit_file(url, Path(address.path), settings)
    elif settings.allow and not any(_leads(prefix, url) for prefix in settings.allow):
        raise Denied(
            f"{url}: this machine takes repositories from elsewhere only",
            hint=f"from {', '.join(settings.allow)} (allow of [handlers.repositories])",
        )
    return address


def _permit_file(url: str, path: Path, settings: RepositorySettings) -> None:
    allowed = [folder.resolve() for folder in settings.allow_file]
    itself = path.resolve()
    for real in itertools.chain([itself], places(path)):
        if not any(real.is_relative_to(folder) for folder in allowed):
            where = "that folder" if real == itself else f"{real}, where that leads"
            raise Denied(
                f"{url}: this machine takes no repositories from {where}",
                hint='allow_file = ["/a/folder"] in [handlers.repositories] lets it',
            )


def _leads(prefix: str, url: str) -> bool:
    """Whether the URL is below the prefix; `https://a.org` leads to no `https://a.org.evil`."""
    if not url.startswith(prefix):
        return False
    return prefix.endswith(("/", ":")) or url[len(prefix) :][:1] in ("", "/", ":")
