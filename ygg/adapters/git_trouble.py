"""What git complains about, and what to do about it: one place that knows its messages."""

from __future__ import annotations

import re
from collections.abc import Callable

from ygg.errors import BadInput, Conflict, Denied, NotFound, Unreachable, YggError

Make = Callable[[str, str], YggError]
"""From the repository's URL and the line that git complained with."""


class Broken(YggError):
    """The copy of a repository is damaged, or git failed in a way that we do not know."""

    code = "broken_repository"


def _unknown_host(url: str, line: str) -> YggError:
    return Denied(
        f"{url}: this machine does not know the server's host key",
        hint="check its key (ssh-keyscan HOST | ssh-keygen -lf -), then add it to "
        "known_hosts_file of [handlers.repositories]",
    )


def _changed_host(url: str, line: str) -> YggError:
    return Denied(
        f"{url}: the server's host key is not the one this machine knows",
        hint="somebody may be in between; if the server has really got a new key, replace it in "
        "known_hosts_file of [handlers.repositories]",
    )


def _refused(url: str, line: str) -> YggError:
    return Denied(
        f"{url}: access refused",
        hint="give this machine a key_file (or use_agent), for HTTPS a credentials_file, in "
        "[handlers.repositories], and let it in at the server",
    )


def _open_key(url: str, line: str) -> YggError:
    return Denied(
        f"{url}: ssh does not use a key that others may read",
        hint="chmod 600 the key_file of [handlers.repositories]",
    )


def _no_repository(url: str, line: str) -> YggError:
    return NotFound(
        f"{url}: there is no such repository, or this machine may not see it",
        hint="check the URL, and what its key_file or credentials_file may read",
    )


def _no_ref(url: str, line: str) -> YggError:
    return NotFound(f"{url}: it has no such branch, tag or commit")


def _unreachable(url: str, line: str) -> YggError:
    return Unreachable(
        f"{url}: no connection ({line})",
        hint="check the host's name and the network of the executor's machine, then retry",
    )


def _not_ours(url: str, line: str) -> YggError:
    return Denied(
        f"{url}: it belongs to another user than the executor",
        hint="git trusts its owner only: run the executor as that user, or chown the repository",
    )


def _full(url: str, line: str) -> YggError:
    return YggError(
        f"{url}: {line}", hint="make room in the executor's data folder, or lower cache_bytes"
    )


def _limited(url: str, line: str) -> YggError:
    return YggError(
        f"{url}: {line}",
        hint="something on the executor's machine ended git: a limit of its processes or files, "
        "too little memory, or a person",
    )


def _not_forward(url: str, line: str) -> YggError:
    return BadInput(
        f"{url}: the branch there has commits that this one lacks, and nothing is ever forced",
        hint="bring them together by hand, or begin again from its new head",
    )


def _moved(url: str, line: str) -> YggError:
    return Conflict(f"{url}: the branch changed meanwhile", hint="look again, and retry")


def _contradiction(url: str, line: str) -> YggError:
    return Conflict(f"{url}: {line}")


def _no_branch(url: str, line: str) -> YggError:
    return NotFound(f"{url}: {line}")


def _bad_name(url: str, line: str) -> YggError:
    return BadInput(f"{url}: {line}", hint="git check-ref-format tells what a name may be")


def _push_refused(url: str, line: str) -> YggError:
    return Denied(f"{url}: the server does not take the push ({line})", hint="ask its owner")


_KNOWN: tuple[tuple[str, Make], ...] = (
    (r"HOST IDENTIFICATION HAS CHANGED", _changed_host),
    (r"Host key verification failed|[Nn]o .* host key is known", _unknown_host),
    (r"UNPROTECTED PRIVATE KEY|bad permissions", _open_key),
    (
        r"Permission denied \(|Too many authentication failures|Authentication failed"
        r"|could not read (Username|Password)|terminal prompts disabled|error: 40[13]\b",
        _refused,
    ),
    (r"dubious ownership", _not_ours),
    (
        r"does not appear to be a git repository|[Rr]epository .*not found|error: 404\b"
        r"|does not exist$|Repository not found|not valid: is this a git repository",
        _no_repository,
    ),
    (r"couldn't find remote ref|not our ref|no such remote ref", _no_ref),
    (r"No space left|Disk quota exceeded|File name too long|File too large", _full),
    (
        # 13: the other side had hung up, and says why.
        r"died of signal (?!13\b)|[Oo]ut of memory|[Cc]annot allocate memory"
        r"|Resource temporarily unavailable|Too many open files"
        # Alone: what unpacks would have said what it met, had it not been killed.
        r"|\A(?:(?!fatal:|error:).*\n)*fatal: fetch-pack: invalid index-pack output",
        _limited,
    ),
    (r"stale info", _moved),
    (r"\[rejected\]|non-fast-forward|fetch first", _not_forward),
    (
        r"cannot lock ref|already exists|not fully merged|checked out at|used by worktree",
        _contradiction,
    ),
    (r"branch '.*' not found|no branch named", _no_branch),
    (r"not a valid (branch|ref)|invalid refspec|invalid ref", _bad_name),
    (r"\[remote rejected\]|pre-receive hook declined", _push_refused),
    (
        r"Could not resolve|Connection (refused|timed out|reset|closed)|No route to host"
        r"|unreachable|Failed to connect|timed out|Timeout|hung up|early EOF|disconnect"
        r"|kex_exchange|transfer closed|RPC failed|gnutls|SSL|unable to access"
        r"|Could not read from remote repository",
        _unreachable,
    ),
)


def trouble(url: str, stderr: str) -> YggError:
    """The error that git's last words stand for."""
    for pattern, make in _KNOWN:
        found = re.search(pattern, stderr, re.MULTILINE)
        if found:
            return make(url, _line_with(stderr, found.end()))
    return Broken(f"{url}: {_first_complaint(stderr)}", hint="the task's log has all that git said")


def killed(url: str, signal_number: int) -> YggError:
    """The error of a git that could not say anything any more."""
    return _limited(url, f"git was killed by signal {signal_number}")


def own_trouble(url: str, said: str) -> YggError:
    """The error of a step that does not depend on our copy's health, such as a push."""
    found = trouble(url, said)
    if isinstance(found, Broken):
        return YggError(found.message, hint=found.hint)
    return found


def _line_with(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    return _plain(text[start:].partition("\n")[0])


def _first_complaint(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return _plain((fatal or lines or ["git said nothing"])[0])


def _plain(line: str) -> str:
    line = re.sub(r"^(fatal|error|ssh|remote): ", "", line.strip())
    return line[:300].rstrip(".\r")
