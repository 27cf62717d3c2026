"""The figures as data, and under what circumstances they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.code.figures import Cost, Figures, Harness, Share
from benchmarks.code.record import Subject


@dataclass(frozen=True)
class Setting:
    """Under what circumstances it was measured."""

    subject: Subject
    rounds: int
    seed: int
    cores: int
    load_at_start: float
    load_at_end: float
    python: str
    not_offered: tuple[str, ...] = ()
    caveat: str = ""
    """What a reader has to know of the tasks."""


def as_data(found: Sequence[Figures], setting: Setting) -> dict[str, object]:
    """The figures, and the results that they are made of."""
    records = [one.model_dump(mode="json") for one in (*found[-1].once, *found[-1].agent)]
    return {
        "subject": setting.subject.model_dump(),
        "machine": {
            "cores": setting.cores,
            "load_at_start": setting.load_at_start,
            "load_at_end": setting.load_at_end,
            "python": setting.python,
        },
        "rounds": setting.rounds,
        "seed": setting.seed,
        "not_offered": list(setting.not_offered),
        "figures": {one.label: figures_data(one) for one in found},
        "records": records,
    }


def figures_data(one: Figures) -> dict[str, object]:
    return {
        "once_right": share_data(one.once_right),
        "agent_right": share_data(one.agent_right),
        "ratio": one.ratio,
        "verified": share_data(one.verified),
        "verified_right": share_data(one.verified_right),
        "contradicted": [
            {"task": each.task, "round": each.round, "why": list(each.reasons)}
            for each in one.contradicted
        ],
        "contradicted_interval": list(one.contradicted_share.interval),
        "unverified": {"count": len(one.said("unverified")), "right": one.right_of("unverified")},
        "refuted": {"count": len(one.said("refuted")), "right": one.right_of("refuted")},
        "failed": len(one.said("failed")),
        "per_verified": cost_data(one.cost_of_verified),
        "once_per_right": cost_data(one.cost_once),
        "harness_outside": harness_data(one.harness_outside),
        "harness_inside": harness_data(one.harness_inside),
    }


def share_data(share: Share) -> dict[str, object]:
    return {"count": share.count, "of": share.of, "interval": list(share.interval)}


def cost_data(found: Cost | None) -> dict[str, float] | None:
    return {"tokens": found.tokens, "seconds": found.seconds} if found else None


def harness_data(found: Harness | None) -> dict[str, float] | None:
    return {"p50": found.middle, "overall": found.overall} if found else None
