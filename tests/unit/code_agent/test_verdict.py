"""What checks say together: nothing is verified that nothing has checked."""

from __future__ import annotations

import pytest

from code_agent.verdict import Check, judgement
from ygg.task import Verdict

PASSED, FAILED, OPEN = (
    Check("a", True),
    Check("b", False, "1 of 2 failed"),
    Check("c", None, "no x"),
)


@pytest.mark.parametrize(
    ("checks", "required", "verdict", "reason"),
    [
        ([PASSED], ["a"], Verdict.VERIFIED, "its one check passed"),
        ([PASSED, FAILED], ["a"], Verdict.REFUTED, "b: 1 of 2 failed"),
        ([FAILED, OPEN], ["a"], Verdict.REFUTED, "b: 1 of 2 failed"),
        ([PASSED, OPEN], ["a"], Verdict.UNVERIFIED, "c: no x"),
        ([PASSED], ["a", "tests"], Verdict.UNVERIFIED, "tests did not run"),
        ([PASSED], [], Verdict.UNVERIFIED, "nothing was there to check it by"),
        ([Check("a", None)], ["a"], Verdict.UNVERIFIED, "a could not be decided"),
        (
            [Check("a", None), OPEN],
            ["tests"],
            Verdict.UNVERIFIED,
            "tests did not run; a could not be decided; c: no x",
        ),
        ([], [], Verdict.UNVERIFIED, "nothing was there to check it by"),
        ([], ["a"], Verdict.UNVERIFIED, "a did not run"),
    ],
)
def test_what_they_say(
    checks: list[Check], required: list[str], verdict: Verdict, reason: str
) -> None:
    found = judgement(checks, required)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_the_model_is_told_what_went_wrong_in_the_check_s_own_words() -> None:
    told = Check("tests", False, "1 of 2 failed", feedback="assert add(1, 2) == 3")
    assert judgement([PASSED, told], ["a"]).feedback == "assert add(1, 2) == 3"
    assert judgement([PASSED], ["a"]).feedback == ""
