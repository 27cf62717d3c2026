"""The index as labels open it: by words, and by meaning where the machine wants and can do that."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from code_agent.handlers.code_fix import fix
from tests.attempts import Ended
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.integration.code_agent.test_index import embedded_by_words
from ygg.task import Verdict

FILES = {
    "sums.py": "def add(a, b):\n    return a - b\n",
    "test_sums.py": "from sums import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
}
RIGHT = block("def add(a, b):\n    return a + b\n")


def looks(code: CodeTasks) -> list[tuple[int, int, int]]:
    """What each look into the index read, knew, and made vectors of."""
    file = code.runner.cache / "code" / "telemetry.jsonl"
    told = [json.loads(line) for line in file.read_text().splitlines()]
    return [
        (one["indexed"], one["reused"], one["embedded"]) for one in told if one["kind"] == "index"
    ]


def vectors_of(texts: Sequence[str]) -> Sequence[Sequence[float]]:
    return embedded_by_words(texts).vectors


def fixed(code: CodeTasks, **agent: object) -> Ended:
    code.agent = {"answers": 1, **agent}
    ended = code.run(fix, {}, lambda _: RIGHT, FILES)
    assert ended.outcome.verdict is not Verdict.REFUTED, ended.log
    return ended


@pytest.mark.slow
def test_a_model_that_embeds_finds_by_meaning_too(code: CodeTasks) -> None:
    code.embeds = vectors_of
    fixed(code, embeddings=True)
    fixed(code, embeddings=True)
    assert looks(code) == [(1, 0, 1), (0, 1, 0)]


def test_a_model_that_cannot_embed_is_no_hindrance(code: CodeTasks) -> None:
    ended = fixed(code, embeddings=True)
    assert "code is looked for by its words alone: " in ended.log
    assert looks(code) == [(1, 0, 0)]


@pytest.mark.slow
def test_a_model_that_fails_at_a_question_is_asked_for_no_more_vectors(code: CodeTasks) -> None:
    def of_code_alone(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [] if any("test_add" in text for text in texts) else vectors_of(texts)

    code.embeds = of_code_alone
    ended = fixed(code, embeddings=True)
    assert ended.log.count("code is looked for by its words alone: ") == 1
    assert "did not send one vector for each text" in ended.log


@pytest.mark.slow
def test_without_the_setting_no_vector_is_asked_for(code: CodeTasks) -> None:
    code.embeds = vectors_of
    fixed(code)
    assert looks(code) == [(1, 0, 0)]
