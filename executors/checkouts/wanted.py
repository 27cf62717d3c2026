"""Finds the commit that a ref means, and brings it into the mirror if it is not there yet."""

from __future__ import annotations

import difflib
import re

from executors.checkouts.mirror import Mirror
from executors.checkouts.remote import Remote
from ygg.adapters.git import ALL_REFS
from ygg.adapters.git_output import HEADS, TAGS, RemoteRefs
from ygg.errors import NotFound, YggError

_HASH = re.compile(r"[0-9a-f]{7,64}")
_WHOLE_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHOWN = 3


def obtain(remote: Remote, mirror: Mirror, ref: str | None) -> str:
    """A whole hash that is there is not asked for; a name is, and only what is new is fetched."""
    if ref and _WHOLE_HASH.fullmatch(ref) and mirror.has(ref):
        return ref
    name, refs = _look_up(remote, ref)
    if name is None:
        return _by_hash(remote, mirror, ref or "HEAD")
    commit, kept = refs.commits[name], _kept_as(name)
    if not mirror.has(commit):
        remote.context.progress(0, f"fetching {name} of {remote.url}")
        mirror.fetch(f"+{name}:{kept}", unless=commit)
    # Between the two it may have been pushed away by force.
    found = mirror.name_commit(commit) or mirror.name_commit(kept)
    if found is None:
        raise NotFound(f"{remote.url}: {ref} is no commit")
    return found


def _look_up(remote: Remote, ref: str | None) -> tuple[str | None, RemoteRefs]:
    if ref is None or ref == "HEAD":
        refs = remote.refs("HEAD")
        return ("HEAD" if "HEAD" in refs.commits else None), refs
    names = [ref] if ref.startswith("refs/") else [HEADS + ref, TAGS + ref]
    refs = remote.refs(*names, *(f"{name}^{{}}" for name in names))
    return refs.find(ref), refs


def _by_hash(remote: Remote, mirror: Mirror, text: str) -> str:
    """A commit by its hash or the beginning of it, which no ref of the remote may lead to."""
    if not _HASH.fullmatch(text):
        raise _no_such(remote, text)
    found = mirror.name_commit(text)
    if found is None and _WHOLE_HASH.fullmatch(text):
        # Not every server gives out commits by hash; then those that its refs lead to remain.
        found = _fetch_or_not(mirror, text)
    if found is None:
        mirror.fetch(*ALL_REFS)
        found = mirror.name_commit(text)
    if found is None:
        raise _no_such(remote, text)
    return found


def _fetch_or_not(mirror: Mirror, commit: str) -> str | None:
    try:
        mirror.fetch(f"+{commit}:refs/ygg/commits/{commit}", unless=commit)
    except YggError:
        return None
    return mirror.name_commit(commit)


def _kept_as(name: str) -> str:
    if name.startswith((HEADS, TAGS)):
        return name
    return "refs/ygg/" + name.removeprefix("refs/")


def _no_such(remote: Remote, ref: str) -> NotFound:
    known = remote.refs().names
    if not known:
        return NotFound(f"{remote.url}: it is empty", hint="push a commit first")
    near = difflib.get_close_matches(ref, known, n=_SHOWN, cutoff=0.4) or known[:_SHOWN]
    return NotFound(
        f"{remote.url}: it has no branch, tag or commit {ref}",
        hint=f"it has {', '.join(near)}" + ("" if len(known) <= len(near) else ", …"),
    )
