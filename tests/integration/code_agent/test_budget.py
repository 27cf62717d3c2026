"""A question fits its model, by the server's own count: whole pieces are left out, none is cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from code_agent.asking import Question, Sample
from code_agent.budget import Piece, fitted
from code_agent.prompt import Prompt
from executors.handler import Failed
from tests.integration.code_agent.test_sampling import asker_of
from tests.scripted_model import ScriptedModel
from ygg.models.port import Message

WORDS = Prompt("words", "1", "digest", {})
PIECES = [Piece(name, f"{name} " * 200) for name in ("first", "second", "third")]


def build(shown: Sequence[Piece]) -> Question:
    return Question(WORDS, (Message("user", "What? " + " ".join(one.text for one in shown)),))


@pytest.mark.parametrize(
    ("context_tokens", "left_out"),
    [(8192, []), (800, ["third"]), (600, ["third", "second"]), (400, ["third", "second", "first"])],
)
def test_the_least_relevant_pieces_are_left_out(
    tmp_path: Path, context_tokens: int, left_out: list[str]
) -> None:
    with ScriptedModel(["yes"], context_tokens=context_tokens) as server:
        asker = asker_of(server, tmp_path, context_tokens=context_tokens, answer_tokens=256)
        named: list[str] = []
        question = fitted(asker, PIECES, build, named)
        reply = asker.ask(question, Sample())
    assert named == left_out
    assert reply.text == "yes"
    for one in PIECES:
        assert (one.text in server.requests[0].text) is (one.name not in left_out)


def test_an_answer_gets_the_room_there_is(tmp_path: Path) -> None:
    with ScriptedModel(["yes"], context_tokens=400) as server:
        asker = asker_of(server, tmp_path, context_tokens=400, answer_tokens=300)
        asker.ask(build(PIECES[:1]), Sample())
    most = server.requests[0].max_tokens
    assert most is not None
    assert 64 <= most < 300


def test_a_question_that_leaves_no_room_is_not_asked(tmp_path: Path) -> None:
    with ScriptedModel([], context_tokens=400) as server:
        asker = asker_of(server, tmp_path, context_tokens=400)
        with pytest.raises(Failed, match="leaves 0 tokens"):
            asker.ask(build(PIECES), Sample())
    assert server.requests == []
