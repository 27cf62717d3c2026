"""A question fits its model, by the server's own count: whole pieces are left out, none is cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from code_agent.asking import Question, Sample
from code_agent.budget import Piece, fitted
from code_agent.fixing.failures import Failure
from code_agent.fixing.question import Before, question_of
from code_agent.fixing.suspects import Suspect
from code_agent.languages import pieces
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


def test_what_is_cut_short_for_a_fix_is_named(tmp_path: Path) -> None:
    names = [f"part{number}" for number in range(5)]
    called = [
        pieces.Piece("sums.py", name, "python", 1, 2, f"def {name}():\n    return 2\n")
        for name in names
    ]
    text = f"def total():\n    return {' + '.join(f'{name}()' for name in names)}\n"
    total = pieces.Piece("sums.py", "total", "python", 20, 21, text)
    test = "def test_total():\n" + "    assert total() == 10\n" * 200
    suspect = Suspect(total, Failure("test_total", "it is 11", "", text=test), 1.0)
    named: list[str] = []
    before = Before(text * 50, "it is 12")
    with ScriptedModel([]) as server:
        asker = asker_of(server, tmp_path, context_tokens=100_000)
        question = question_of(suspect, [total, *called], "", before, asker, named)
    assert question is not None
    assert named == [
        "more functions that sums.py: total calls: 2",
        "the end of test_total",
        "the end of what was tried of sums.py: total",
    ]
