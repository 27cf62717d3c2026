"""What results came to, a page at a time: the database cuts what counts out of each outcome."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from coordinator.ledger.statements import POSTGRES_OUTCOME

PAGE = 2000
COST_LENGTH = 1000
"""What is longer is no cost: results are what executors sent."""
_CUT = {
    "sqlite": ("json_extract(outcome, '$.verdict')", "json_extract(outcome, '$.result.cost')"),
    "postgresql": (
        f"CAST({POSTGRES_OUTCOME} -> 'verdict' AS text)",
        f"CAST({POSTGRES_OUTCOME} -> 'result' -> 'cost' AS text)",
    ),
}
_RESULTS = {
    name: text(
        f"SELECT id, state, {verdict} AS verdict, SUBSTR({cost}, 1, :longest) AS cost"  # noqa: S608 - our own words
        " FROM tasks WHERE label = :label AND id > :after AND created_at >= :since"
        " ORDER BY id LIMIT :count"
    )
    for name, (verdict, cost) in _CUT.items()
}


@dataclass(frozen=True)
class Came:
    """What became of one task."""

    id: str
    state: str
    verdict: str
    """Empty where nothing was checked."""
    cost: str
    """As JSON, if it is that."""


def page(connection: Connection, label: str, *, after: str, since: float) -> list[Came]:
    """Tasks of one label that were made since then, from the one after that id, in order."""
    rows = connection.execute(
        _RESULTS[connection.dialect.name],
        {
            "label": label,
            "after": after,
            "since": since,
            "count": PAGE,
            "longest": COST_LENGTH,
        },
    )
    return [Came(row.id, row.state, (row.verdict or "").strip('"'), row.cost or "") for row in rows]
