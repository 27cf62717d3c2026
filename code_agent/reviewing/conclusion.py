"""What a review comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from code_agent.reviewing.findings import Finding
from code_agent.verdict import Check, Judgement, judgement

NO_FINDINGS = "no findings: nothing to check"


def concluded(
    findings: Sequence[Finding],
    checks: Sequence[Check],
    pieces: int,
    unread: Sequence[str],
    of: str,
) -> Judgement:
    """Verified: all was read, something was found, and machines confirm each finding of it.

    That nothing was found shows nothing. `of` is the digest of what was reviewed.
    """
    read = replace(_read(pieces, unread), of=of)
    if not findings:
        judged = judgement([*checks, read], [])
        return replace(judged, reason=NO_FINDINGS) if read.passed else judged
    confirmed = replace(_confirmed(findings), of=of)
    return judgement([*checks, read, confirmed], ["read", "findings"])


def _read(pieces: int, unread: Sequence[str]) -> Check:
    if not unread:
        return Check("read", passed=True, says=f"{pieces} of {pieces} pieces")
    says = f"{len(unread)} of {pieces} pieces were not read: {'; '.join(unread[:3])}"
    return Check("read", passed=None, says=says)


def _confirmed(findings: Sequence[Finding]) -> Check:
    open_ones = sum(not one.proven for one in findings)
    if not open_ones:
        return Check("findings", passed=True, says=f"{len(findings)}, each confirmed by a machine")
    says = f"{open_ones} of {len(findings)} are advisory: no machine confirms them"
    return Check("findings", passed=None, says=says)
