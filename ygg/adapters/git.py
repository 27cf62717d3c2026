"""Git's command lines and environment: neutral, without hooks, and never asking anybody.

What git answers is read in `git_output`, what it complains about in `git_trouble`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

CONNECT_SECONDS = 20
ALIVE_SECONDS = 15
"""So often a silent server is asked whether it is still there; three times."""
SLOWEST_BYTES = 1000
"""Over HTTP: with less than this a second, for a minute, a transfer is given up."""

ALL_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")

_SCP = re.compile(r"(?P<user>[^@/:]+)@(?P<host>\[[^]]+\]|[^:/]+):(?P<path>.+)", re.DOTALL)
_URL = re.compile(
    r"(?P<scheme>https?|ssh|file)://((?P<user>[^@/]+)@)?(?P<host>[^/]*)(?P<path>/.*)", re.DOTALL
)


@dataclass(frozen=True)
class Access:
    """How a machine reaches repositories: files with secrets in them, never the secrets."""

    key_file: Path | None = None
    known_hosts_file: Path | None = None
    use_agent: bool = False
    credentials_file: Path | None = None
    redirects: bool = True
    """Whether the first answer over HTTP may send us elsewhere."""


@dataclass(frozen=True)
class RepositoryAddress:
    """What a repository's URL consists of, percent signs decoded."""

    scheme: str
    host: str
    path: str


def address_of(url: str) -> RepositoryAddress:
    found = _URL.fullmatch(url)
    if found:
        return RepositoryAddress(found["scheme"], found["host"], unquote(found["path"]))
    found = _SCP.fullmatch(url)
    if found is None:
        raise ValueError(f"{url!r} is no repository's URL")
    return RepositoryAddress("ssh", found["host"], found["path"])


def environment(access: Access, scheme: str = "") -> dict[str, str]:
    """What git is told by its environment. Only the one protocol is allowed, or none."""
    told = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_ALLOW_PROTOCOL": scheme or "none",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_SSH_COMMAND": shlex.join(ssh(access)),
        "GIT_SSH_VARIANT": "ssh",
        "GIT_EDITOR": "false",
        "GIT_PAGER": "cat",
        "LC_ALL": "C.UTF-8",
    }
    if not access.use_agent:
        told["SSH_AUTH_SOCK"] = ""
    return told


def ssh(access: Access) -> list[str]:
    """Strict about who answers. Without a key file ssh tries the usual ones of its user."""
    options = [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "ClearAllForwardings=yes",
        "PermitLocalCommand=no",
        f"ConnectTimeout={CONNECT_SECONDS}",
        f"ServerAliveInterval={ALIVE_SECONDS}",
        "ServerAliveCountMax=3",
    ]
    if access.known_hosts_file:
        options += [f"UserKnownHostsFile={_word(access.known_hosts_file)}"]
        options += ["GlobalKnownHostsFile=/dev/null"]
    if not access.use_agent:
        options += ["IdentitiesOnly=yes", "IdentityAgent=none"]
    if access.key_file:
        options += [f"IdentityFile={_word(access.key_file)}", "IdentitiesOnly=yes"]
    return ["ssh", "-F", "/dev/null", *(word for one in options for word in ("-o", one))]


def _word(path: Path) -> str:
    """As ssh reads a file's name: it expands percent signs, and splits at spaces."""
    return '"' + str(path).replace("%", "%%") + '"'


def git(*words: str, repository: Path | None = None, access: Access | None = None) -> list[str]:
    """`git …` with nothing in force that a repository or a user's settings may ask for."""
    settings = [
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "core.askPass=",
        "credential.helper=",
        "gc.autoDetach=false",
        "maintenance.autoDetach=false",
        "gc.worktreePruneExpire=never",
        # A fetch that is cut off leaves a whole pack or none: never a commit without its files.
        "fetch.unpackLimit=1",
        "transfer.bundleURI=false",
        f"http.lowSpeedLimit={SLOWEST_BYTES}",
        "http.lowSpeedTime=60",
        "protocol.version=2",
        "advice.detachedHead=false",
        "color.ui=false",
        "core.quotePath=false",
        "submodule.recurse=false",
    ]
    if access and not access.redirects:
        settings.append("http.followRedirects=false")
    if access and access.credentials_file:
        settings.append(f"credential.helper={_credentials(access.credentials_file)}")
    told = [word for one in settings for word in ("-c", one)]
    where = ["--git-dir", str(repository)] if repository else []
    return ["git", "--no-pager", *told, *where, *words]


def _credentials(file: Path) -> str:
    """Only ever read: git's own helper also forgets what a server refused."""
    store = shlex.join(["git", "credential-store", "--file", str(file), "get"])
    return f'!f() {{ test "$1" = get && {store}; }}; f'


def make_mirror(mirror: Path) -> list[str]:
    # Readable by all who can reach it: a sandboxed command is somebody else.
    return git("init", "--quiet", "--bare", "--template=", "--shared=0644", "--", str(mirror))


def ask(url: str, names: Sequence[str], access: Access) -> list[str]:
    """Which of these refs there are, and what HEAD means. No names: all there are."""
    return git("ls-remote", "--symref", "--", url, *names, access=access)


def fetch(mirror: Path, url: str, refs: Sequence[str], access: Access) -> list[str]:
    quiet = ["--quiet", "--no-write-fetch-head", "--no-recurse-submodules", "--force"]
    prune = ["--prune"] if "+refs/heads/*:refs/heads/*" in refs else []
    return git("fetch", *quiet, *prune, "--", url, *refs, repository=mirror, access=access)


def has(mirror: Path, commit: str) -> list[str]:
    return git("cat-file", "-e", f"{commit}^{{commit}}", repository=mirror)


def add_worktree(mirror: Path, folder: Path, commit: str) -> list[str]:
    """A worktree without its files yet."""
    quiet = ("--quiet", "--force", "--detach", "--no-checkout")
    return git("worktree", "add", *quiet, "--", str(folder), commit, repository=mirror)


def fill_worktree(folder: Path) -> list[str]:
    # By name, whatever git the executor was itself started from.
    where = (f"--work-tree={folder}", f"--git-dir={folder / '.git'}")
    return [*git(), *where, "reset", "--quiet", "--hard"]


def prune_worktrees(mirror: Path) -> list[str]:
    return git("worktree", "prune", "--expire=now", repository=mirror)
