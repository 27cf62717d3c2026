"""Changed files, from a result into a folder."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ygg.cli.change_files import Place, digest_of, look, write
from ygg.cli.output import plain, say, say_json
from ygg.code_results import content_name
from ygg.errors import YggError

if TYPE_CHECKING:
    from ygg.cli.apply_asked import Asked
    from ygg.cli.code_result import Change
    from ygg.client import Client

MOST_COUNTED_LINES = 20_000
"""Comparing longer files takes longer than their counts are worth."""


class Count(NamedTuple):
    """How many lines came and went; nothing is known of what is no text."""

    added: int | None
    removed: int | None

    def __str__(self) -> str:
        return "" if self.added is None else f" (+{self.added} -{self.removed})"


def apply_files(
    client: Client,
    task_id: str,
    changes: Sequence[Change],
    asked: Asked,
    be_sure: Callable[[], None],
) -> None:
    places = [place for place in look(asked.folder, changes) if not place.is_done]
    contents = [_content(client, task_id, place.change) for place in places]
    if places and not asked.dry_run:
        be_sure()
        look(asked.folder, changes)  # an answer may take its time
        write(places, contents)
    counts = {
        place.change.path: count(place.present, content)
        for place, content in zip(places, contents, strict=True)
    }
    if asked.as_json:
        say_json(_as_data(task_id, changes, counts, asked))
    else:
        _say(task_id, places, counts, asked)


def count(before: bytes | None, after: bytes | None) -> Count:
    try:
        old, new = ((side or b"").decode().splitlines() for side in (before, after))
    except UnicodeDecodeError:
        return Count(None, None)
    if len(old) + len(new) > MOST_COUNTED_LINES:
        return Count(None, None)
    same = sum(block.size for block in difflib.SequenceMatcher(a=old, b=new).get_matching_blocks())
    return Count(len(new) - same, len(old) - same)


def _content(client: Client, task_id: str, change: Change) -> bytes | None:
    """Nothing for a file that goes. What comes must be what the checks ran on."""
    if change.after is None:
        return None
    if change.content is None:
        found = client.artifact(task_id, content_name(change.path))
    else:
        found = change.content.encode(errors="surrogatepass")
    if digest_of(found) != change.after:
        message = f"nothing was written: the content of {change.path} is not what was checked"
        raise YggError(message, hint=f"ygg retry {task_id}")
    return found


def _say(task_id: str, places: list[Place], counts: dict[str, Count], asked: Asked) -> None:
    for place in places:
        verb = "would apply" if asked.dry_run else "applied"
        gone = ", removed" if place.change.after is None else ""
        path = place.change.path
        say(f"{verb} {plain(path)}{counts[path]}{gone}")
    if not places:
        say(f"task {task_id} is applied already")


def _as_data(
    task_id: str, changes: Sequence[Change], counts: dict[str, Count], asked: Asked
) -> dict[str, object]:
    return {
        "task": task_id,
        "dry_run": asked.dry_run,
        "files": [
            {"path": each.path, "already": False, **counts[each.path]._asdict()}
            if each.path in counts
            else {"path": each.path, "already": True, "added": 0, "removed": 0}
            for each in changes
        ],
    }
