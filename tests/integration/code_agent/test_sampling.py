"""How often a question is asked, how lively, and when that ends: with a server that is scripted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from code_agent.asking import Asker, OutOfTokens, Question
from code_agent.cost import Cost
from code_agent.prompt import Prompt
from code_agent.sampling import Found, Plan, search
from code_agent.telemetry import Telemetry
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement, judgement
from tests.scripted_model import Asked, Endless, Script, Scripted, ScriptedModel
from ygg.models.openai import OpenAIModel
from ygg.models.port import Message, Reply
from ygg.task import Verdict

WORDS = Prompt("words", "7", "digest", {"repair": "No: {{trouble}}"})
QUESTION = Question(WORDS, (Message("system", "Be brief."), Message("user", "A word?")))


class Words:
    """Good is verified, fair unverified, everything else refuted; a question mark is no word."""

    def __init__(self) -> None:
        self.judged: list[str] = []

    def read(self, reply: Reply) -> str:
        if "?" in reply.text:
            raise Unusable("that is a question")
        return reply.text.strip()

    def mark(self, candidate: str) -> str:
        return candidate.lower()

    def judge(self, candidate: str) -> Judgement:
        self.judged.append(candidate)
        passed = {"good": True, "fair": None}.get(candidate, False)
        return judgement([Check("word", passed, f"{candidate} it is")], ["word"])


Look = Callable[..., tuple[Found[str], ScriptedModel, Words, Asker]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def run(
        answers: Script, plan: Plan | None = None, **limits: int
    ) -> tuple[Found[str], ScriptedModel, Words, Asker]:
        with ScriptedModel(answers) as server:
            asker = asker_of(server, tmp_path, **limits)
            words = Words()
            return search(asker, QUESTION, words, plan or Plan()), server, words, asker

    return run


def asker_of(
    server: ScriptedModel, folder: Path, context_tokens: int = 8192, **limits: int
) -> Asker:
    settings = server.settings.model_copy(update={"context_tokens": context_tokens})
    model = OpenAIModel(settings)
    telemetry = Telemetry(folder / "code" / "telemetry.jsonl", "the-task", "code-generate")
    return Asker(model, Cost(), telemetry, **limits)  # type: ignore[arg-type]


def test_the_likeliest_answer_is_enough_if_it_holds(look: Look) -> None:
    found, server, _, asker = look(["good"])
    assert (found.candidate, found.judgement.verdict) == ("good", Verdict.VERIFIED)
    assert [one.temperature for one in server.requests] == [0]
    assert [one.as_data() for one in found.tried] == [
        {"verdict": "verified", "why": "its one check passed", "temperature": 0.0, "repair": False}
    ]
    assert (asker.cost.calls, asker.prompts) == (1, {"words": "7"})


def test_an_answer_is_mended_once_told_what_was_wrong(look: Look) -> None:
    found, server, _, _ = look(["bad", "good"])
    assert found.candidate == "good"
    assert [text for _, text in server.requests[1].messages] == [
        *("Be brief.", "A word?", "bad"),
        "No: word: bad it is",
    ]
    assert [one.repair for one in found.tried] == [False, True]


def test_one_that_cannot_be_mended_for_want_of_room_is_left(tmp_path: Path) -> None:
    long = " ".join(f"bad{number}" for number in range(200))
    with ScriptedModel([long, "good"], context_tokens=400) as server:
        asker = asker_of(server, tmp_path, context_tokens=400, answer_tokens=380)
        found = search(asker, QUESTION, Words(), Plan(answers=2, at_a_time=1))
    assert found.candidate == "good"
    assert [one.repair for one in found.tried] == [False, False]


def test_then_livelier_ones_are_tried_until_one_holds(look: Look) -> None:
    def script(asked: Asked) -> str:
        temperature = asked.temperature or 0.0
        return {0.0: "bad", 0.3: "worse", 0.6: "good", 0.8: "late"}[temperature]

    found, _, words, _ = look(script, Plan(answers=4, at_a_time=1))
    assert found.candidate == "good"
    assert words.judged == ["bad", "worse", "good"]


def test_what_means_the_same_is_judged_once(look: Look) -> None:
    found, _, words, _ = look(lambda asked: "bad", Plan(answers=4, at_a_time=3))
    assert words.judged == ["bad"]
    assert found.judgement.verdict is Verdict.REFUTED
    assert [one.why for one in found.tried][1:] == ["the same as an earlier answer"] * 4


def test_no_more_are_asked_for_at_a_time_than_the_plan_says(look: Look) -> None:
    _, server, _, _ = look(lambda asked: "fair", Plan(answers=6, at_a_time=2))
    assert len(server.requests) == 6
    assert server.max_at_once <= 2


def test_each_has_a_seed_of_its_own_that_the_task_decides(look: Look) -> None:
    _, server, _, _ = look(lambda asked: "fair", Plan(answers=4, at_a_time=1, seed=50))
    assert [one.seed for one in server.requests] == [50, 51, 52, 53]


def test_the_best_of_them_is_what_comes_out(look: Look) -> None:
    def script(asked: Asked) -> str:
        return {0.3: "fair", 0.6: "worse"}.get(asked.temperature or 0.0, "bad")

    found, _, words, _ = look(script, Plan(answers=4, at_a_time=1))
    assert (found.candidate, found.judgement.verdict) == ("fair", Verdict.UNVERIFIED)
    assert words.judged == ["bad", "fair", "worse"]


def test_where_nothing_can_be_verified_the_first_that_may_be_right_is_enough(look: Look) -> None:
    found, server, _, _ = look(["fair"], Plan(best=Verdict.UNVERIFIED))
    assert found.candidate == "fair"
    assert len(server.requests) == 1


def test_answers_that_are_none_are_told_so_and_end_refuted(look: Look) -> None:
    found, server, words, _ = look(lambda asked: "what?", Plan(answers=2, at_a_time=1))
    assert found.candidate is None
    assert (found.judgement.verdict, found.judgement.reason) == (
        Verdict.REFUTED,
        "that is a question",
    )
    assert words.judged == []
    assert server.requests[1].text == "No: that is a question"


def test_an_answer_that_nobody_waits_for_is_broken_off(look: Look) -> None:
    def script(asked: Asked) -> Scripted:
        temperature = asked.temperature or 0.0
        return {0.0: "bad", 0.3: "good"}.get(temperature, Endless("word ", piece_seconds=0.01))

    found, _, _, _ = look(script, Plan(answers=3, at_a_time=2))
    assert found.candidate == "good"


def test_a_task_that_has_used_its_tokens_ends_with_what_it_has(look: Look) -> None:
    found, server, _, _ = look(
        lambda asked: f"bad {asked.number}", Plan(answers=8, at_a_time=1), task_tokens=20
    )
    assert len(server.requests) < 8
    assert found.judgement.verdict is Verdict.REFUTED
    assert "has used" in found.stopped


def test_one_that_has_none_left_for_its_first_question_fails(look: Look) -> None:
    with pytest.raises(OutOfTokens):
        look(["good"], task_tokens=0)


def test_every_question_leaves_a_line(look: Look, tmp_path: Path) -> None:
    look(["bad", "good"])
    file = tmp_path / "code" / "telemetry.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["call", "call"]
    assert {line["task_id"] for line in lines} == {"the-task"}
    assert lines[0]["prompt_sha256"] == lines[1]["prompt_sha256"] == "digest"
    assert lines[0]["question_sha256"] != lines[1]["question_sha256"]
    assert lines[0]["prompt_version"] == "7"
    assert lines[0]["tokens_out"] > 0
    assert file.stat().st_mode & 0o077 == 0
