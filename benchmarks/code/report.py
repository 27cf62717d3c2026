"""The figures as text, with what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.code.data import Setting
from benchmarks.code.figures import FEWEST_FOR_RATIO, Cost, Figures, Harness, Share
from benchmarks.code.record import Record

RATIO_AIM = 2.0
HARNESS_AIM = 0.05
MOST_REASONS = 3
NOTHING = "-"

MEANING = """\
What the numbers mean
  Each task is given to the agent, one at a time, in a fleet started for this alone, and its model
  is asked the same once: one plain question at temperature 0 with the task's own seed, with all
  that the agent is given and what a linter or the failing tests said. The first block of code in
  the answer is its result. Tests and rules that neither is shown decide what is right.
  right          results that are right. Of the agent, those that it handed over, verified or not.
                 In brackets: where the true share lies, 95 % of the time (Wilson's interval).
  ratio          the agent's right results to those of asking once; none where that were fewer than
                 {fewest}. The aim is at least {ratio:g}.
  contradicted   verified by the agent, and not right. The aim is none; each is listed.
  unverified     handed over with the word that nothing proves it.
  refuted        not handed over; how many of these were right all the same.
  failed         no result: the task ended in an error.
  tokens, s      for each verified result, or each right one of asking once: read and written, and
                 seconds from question to result, with all that was spent on those that came to
                 nothing. A dash: there was none.
  harness        the share of the time in which neither the model wrote nor a check ran: the median
                 of the tasks, and of all their time together. Outside: from submit to result at the
                 client. Inside: from the start of the handler. What was kept by a version before
                 busy_seconds counts the time in which an answer was written while another was
                 checked twice, so there it may be more. The aim is below {harness:.0%} of all time
                 outside.
  In several rounds each task counts once a round; they are alike, so intervals come out narrow.
  Only findings of a review that a machine confirms count; asked once, all that are named do."""


def as_text(found: Sequence[Figures], setting: Setting) -> str:
    parts = [right_table(found), said_table(found), cost_table(found)]
    parts += [
        contradictions(found[-1]),
        failures(found[-1]),
        aims(found[-1]),
        surroundings(setting),
    ]
    meaning = MEANING.format(fewest=FEWEST_FOR_RATIO, ratio=RATIO_AIM, harness=HARNESS_AIM)
    return "\n\n".join(part for part in (*parts, meaning) if part)


def right_table(found: Sequence[Figures]) -> str:
    rows = [
        [
            one.label,
            *(str(one.once_right.count), str(one.once_right.of), bounds(one.once_right)),
            *(str(one.agent_right.count), str(one.agent_right.of), bounds(one.agent_right)),
            ratio_of(one),
        ]
        for one in found
    ]
    top = ["right results", "once", "of", "", "agent", "of", "", "ratio"]
    return table([top, *rows])


def said_table(found: Sequence[Figures]) -> str:
    rows = [
        [
            one.label,
            *(str(one.verified.count), bounds(one.verified)),
            str(one.verified_right.count),
            *(str(len(one.contradicted)), bounds(one.contradicted_share)),
            f"{len(one.said('unverified'))} ({one.right_of('unverified')})",
            f"{len(one.said('refuted'))} ({one.right_of('refuted')})",
            str(len(one.said("failed"))),
        ]
        for one in found
    ]
    top = ["the agent said", "verified", "", "right", "contradicted", ""]
    return table([[*top, "unverified (right)", "refuted (right)", "failed"], *rows])


def cost_table(found: Sequence[Figures]) -> str:
    top = ["cost", *("verified",) * 2, *("once right",) * 2, *("outside",) * 2, *("inside",) * 2]
    second = ["and harness", "tokens", "s", "tokens", "s", "p50", "overall", "p50", "overall"]
    rows = [
        [
            one.label,
            *(*cost(one.cost_of_verified), *cost(one.cost_once)),
            *(*harness(one.harness_outside), *harness(one.harness_inside)),
        ]
        for one in found
    ]
    return table([top, second, *rows])


def contradictions(found: Figures) -> str:
    """Every one of them, and why."""
    listed = [f"  {place(one)}: {because(one)}" for one in found.contradicted]
    return "\n".join(["verified, and contradicted", *(listed or ["  none"])])


def failures(found: Figures) -> str:
    listed = [f"  {place(one)}, {one.by}: {one.says}" for one in found.broken]
    return "\n".join(["failed", *listed]) if listed else ""


def aims(found: Figures) -> str:
    """How all of it stands against what it set out to reach."""
    once, agent, ratio = found.once_right.count, found.agent_right.count, found.ratio
    few = f"no ratio is claimed below {FEWEST_FOR_RATIO} right when asked once"
    more = f"{ratio:.2f} times (aim: ≥ {RATIO_AIM:g})" if ratio is not None else few
    lines = [f"  right: {agent} by the agent, {once} when asked once: {more}"]
    lines += [f"  contradicted: {len(found.contradicted)} of {found.verified.count} (aim: 0)"]
    if outside := found.harness_outside:
        lines += [f"  harness: {outside.overall:.1%} of all time (aim: < {HARNESS_AIM:.0%})"]
    return "\n".join(["the agent against its aims", *lines])


def aims_met(found: Figures) -> bool:
    """What nothing can be said of is not missed."""
    outside, ratio = found.harness_outside, found.ratio
    return (
        not found.contradicted
        and (ratio is None or ratio >= RATIO_AIM)
        and (outside is None or outside.overall < HARNESS_AIM)
    )


def surroundings(setting: Setting) -> str:
    subject = setting.subject
    lines = [
        f"model    {subject.model} {subject.digest}".rstrip(),
        f"corpus   {subject.corpus}",
        *([f"         {setting.caveat}"] if setting.caveat else []),
        f"agent    Yggdrasil {subject.agent}, Python {setting.python}",
        f"machine  {setting.cores} cores, load {setting.load_at_start:.1f} at the start,"
        f" {setting.load_at_end:.1f} at the end",
        f"order    rounds {setting.rounds}, seed {setting.seed}",
    ]
    lines += [f"skipped  {label}: not offered here" for label in setting.not_offered]
    return "\n".join(lines)


def place(record: Record) -> str:
    again = f", round {record.round + 1}" if record.round else ""
    return f"{record.task}{again}"


def because(record: Record) -> str:
    more = len(record.reasons) - MOST_REASONS
    said = "; ".join(record.reasons[:MOST_REASONS])
    return f"{said}; and {more} more" if more > 0 else said


def bounds(share: Share) -> str:
    low, high = share.interval
    return f"[{low:.0%}, {high:.0%}]" if share.of else NOTHING


def ratio_of(found: Figures) -> str:
    return NOTHING if found.ratio is None else f"{found.ratio:.2f}x"


def cost(found: Cost | None) -> tuple[str, str]:
    return (NOTHING, NOTHING) if found is None else (f"{found.tokens:,.0f}", f"{found.seconds:.1f}")


def harness(found: Harness | None) -> tuple[str, str]:
    return (NOTHING, NOTHING) if found is None else (f"{found.middle:.1%}", f"{found.overall:.1%}")


def table(lines: Sequence[Sequence[str]]) -> str:
    """Names to the left, figures to the right."""
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
