"""The lines of one bulk request that name each other: who waits for whom, and never in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ygg.errors import BadInput, YggError
from ygg.ids import read_id
from ygg.task import TaskSpec

_SHOWN = 20

Line = tuple[int, TaskSpec, str]
"""Its number, what it asks for, the id it will have."""


@dataclass(frozen=True)
class Resolved:
    """`after` of every line as ids, and the lines that cannot be resolved."""

    after: dict[int, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[int, YggError] = field(default_factory=dict)


def resolve_refs(lines: Sequence[Line]) -> Resolved:
    """A line may name others of its request by their `ref`.

    Refuses the lines that share a name, and those that wait for each other. Whoever waits for a
    refused line is not refused here, and a name that is no ref stays as it is: the ledger judges.
    """
    ids, refused = _names(lines)
    if not any(spec.after for _, spec, _ in lines):
        return Resolved({}, refused)
    after = {line: as_ids(ids.get(name, name) for name in spec.after) for line, spec, _ in lines}
    number = {task_id: line for line, _, task_id in lines}
    for circle in _circles({task_id: after[line] for line, _, task_id in lines}):
        path = [number[task_id] for task_id in circle]
        error = BadInput(
            f"these tasks wait for each other: {_arrows(path)}",
            field="after",
            hint="take one of these lines out of another's `after`",
        )
        refused |= {line: error for line in path if line not in refused}
    return Resolved(after, refused)


def as_ids(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, and as ids are written where they are ids."""
    return tuple(dict.fromkeys(read_id(name) or name for name in names))


def _names(lines: Sequence[Line]) -> tuple[dict[str, str], dict[int, YggError]]:
    """The id of every `ref`, and the lines that share one: nobody knows which of them is meant."""
    ids: dict[str, str] = {}
    first: dict[str, int] = {}
    refused: dict[int, YggError] = {}
    for line, spec, task_id in lines:
        if spec.ref is None:
            continue
        if spec.ref not in ids:
            ids[spec.ref] = task_id
            first[spec.ref] = line
            continue
        error = BadInput(
            f"the ref {spec.ref!r} is used twice, in lines {first[spec.ref]} and {line}",
            field="ref",
            allowed=["a name of its own for each line"],
        )
        refused[line] = error
        refused.setdefault(first[spec.ref], error)
    return ids, refused


def _circles(edges: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Paths that end where they began, so many that whatever is in a circle waits for one of them.

    One walk, without recursion: chains may be long. A circle of which two neighbours were told
    already is not told again.
    """
    done: set[str] = set()
    told: set[str] = set()
    for root in edges:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(node)
                done.add(node)
            elif node in on_path:
                if node not in told and path[-1] not in told:
                    circle = path[path.index(node) :]
                    told.update(circle)
                    yield [*circle, node]
            elif node in edges and node not in done:
                path.append(node)
                on_path.add(node)
                stack.append((node, True))
                stack.extend((other, False) for other in edges[node])


def _arrows(path: Sequence[int]) -> str:
    shown = [f"line {line}" for line in path]
    if len(shown) > _SHOWN:
        shown[_SHOWN - 2 : -1] = [f"{len(path) - _SHOWN + 1} more"]
    return " → ".join(shown)
