"""What the tasks of a family came to, label by label: verdicts, questions, tokens, seconds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coordinator.ledger import Ledger, results
from coordinator.ledger.results import Came
from ygg.errors import NotFound
from ygg.ids import first_id
from ygg.labels import nearest, prefix_of
from ygg.task import FINAL, State, Verdict
from ygg.views import FamilyStats, LabelStats

MOST = 10**15
MARGIN_SECONDS = 60.0
"""An id is made a moment before its task is written."""


class Cost(BaseModel):
    """What a result says that it took. Executors differ in age: what is missing is nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    calls: int = Field(default=0, ge=0, le=MOST)
    tokens_in: int = Field(default=0, ge=0, le=MOST)
    tokens_out: int = Field(default=0, ge=0, le=MOST)
    tokens_cached: int = Field(default=0, ge=0, le=MOST)
    model_seconds: float = Field(default=0, ge=0, le=MOST)
    check_seconds: float = Field(default=0, ge=0, le=MOST)
    seconds: float = Field(default=0, ge=0, le=MOST)


@dataclass
class _Sum:
    tasks: int = 0
    open: int = 0
    failed: int = 0
    verdicts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    cost: dict[str, float] = field(default_factory=lambda: dict.fromkeys(Cost.model_fields, 0))

    def take(self, came: Came) -> None:
        self.tasks += 1
        self.open += came.state not in FINAL and came.state != State.REVIEW
        if came.verdict in self.verdicts:
            self.verdicts[came.verdict] += 1
        else:
            self.failed += came.state == State.FAILED
        for name, value in _cost_of(came):
            self.cost[name] += value

    def add(self, other: _Sum) -> None:
        self.tasks += other.tasks
        self.open += other.open
        self.failed += other.failed
        for verdict, count in other.verdicts.items():
            self.verdicts[verdict] += count
        for name, value in other.cost.items():
            self.cost[name] += value

    def view(self, label: str) -> LabelStats:
        cost, verified = self.cost, self.verdicts[Verdict.VERIFIED]
        tokens = int(cost["tokens_in"] + cost["tokens_out"])
        return LabelStats(
            label=label,
            tasks=self.tasks,
            open=self.open,
            verified=verified,
            unverified=self.verdicts[Verdict.UNVERIFIED],
            refuted=self.verdicts[Verdict.REFUTED],
            failed=self.failed,
            calls=int(cost["calls"]),
            tokens_in=int(cost["tokens_in"]),
            tokens_out=int(cost["tokens_out"]),
            tokens_cached=int(cost["tokens_cached"]),
            model_seconds=round(cost["model_seconds"], 3),
            check_seconds=round(cost["check_seconds"], 3),
            seconds=round(cost["seconds"], 3),
            tokens_per_verified=_share(tokens, verified),
            seconds_per_verified=_share(cost["seconds"], verified),
            cache_hits=_share(cost["tokens_cached"], int(cost["tokens_in"])),
        )


def family_stats(
    ledger: Ledger, known: Collection[str], family: str, since: float | None
) -> FamilyStats:
    """`known` are the labels that were ever announced."""
    prefix = f"{family}-"
    labels = [label for label in sorted(known) if label.startswith(prefix)]
    if not labels:
        raise _no_family(family, known)
    total, found = _Sum(), []
    for label in labels:
        came = _of_label(ledger, label, since)
        total.add(came)
        found.append(came.view(label))
    return FamilyStats(family=family, since=since, labels=found, total=total.view(prefix))


def _of_label(ledger: Ledger, label: str, since: float | None) -> _Sum:
    """A transaction a page: a long look at history holds nothing up."""
    found = _Sum()
    after = "" if since is None else first_id(since - MARGIN_SECONDS)
    while True:
        with ledger.read() as connection:
            page = results.page(connection, label, after=after, since=since or 0.0)
        for came in page:
            found.take(came)
        if len(page) < results.PAGE:
            return found
        after = page[-1].id


def _cost_of(came: Came) -> Cost:
    try:
        return Cost.model_validate_json(came.cost)
    except ValidationError:
        return Cost()


def _share(amount: float, of: int) -> float | None:
    return round(amount / of, 3) if of else None


def _no_family(family: str, known: Collection[str]) -> NotFound:
    families = sorted({prefix_of(label).removesuffix("-") for label in known})
    near = nearest(family, families)
    return NotFound(
        f"no label of the family {family[:80]!r} was ever announced",
        field="family",
        allowed=families,
        hint=f"did you mean {near}?" if near else None,
    )
