"""`llm-` and `ollama-` tasks: a real executor, and real servers of models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.executors.harness import ExecutorProcess, MakeExecutor, running_executor
from tests.model_server import CONTEXT_TOKENS, ModelServer
from tests.services import free_port, wait_until
from ygg.blobs import ref_of
from ygg.ids import new_id
from ygg.task import Ending, Envelope, Limits, NamedBlob, Outcome

pytestmark = pytest.mark.timeout(240)

TREES = "Name three trees."
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}},
    "required": ["city"],
}


def told_of(server: ModelServer) -> dict[str, str]:
    return {
        "YGG_MODELS__ADAPTER": "embedded",
        "YGG_MODELS__URL": server.url,
        "YGG_MODELS__API_KEY_FILE": str(server.key_file),
    }


@pytest.fixture(scope="module")
def executor(
    model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExecutorProcess]:
    """One executor for all, told of the embedded model."""
    with running_executor(tmp_path_factory.mktemp("llm"), **told_of(model_server)) as found:
        yield found


def envelope(label: str, *inputs: NamedBlob, **params: object) -> Envelope:
    return Envelope(
        task_id=new_id(),
        attempt=1,
        label=label,
        params=json.loads(json.dumps(params)),
        inputs=inputs,
        limits=Limits(soft_seconds=100, hard_seconds=120),
    )


def done(executor: ExecutorProcess, asked: Envelope) -> Outcome:
    executor.send(asked)
    return executor.outcome(asked, 100)


def result(outcome: Outcome) -> dict[str, object]:
    assert outcome.ending is Ending.OK, outcome
    assert isinstance(outcome.result, dict)
    return dict(outcome.result)


def test_an_answer_is_the_result_and_streams_into_the_log(executor: ExecutorProcess) -> None:
    asked = envelope("llm-generate", prompt=TREES, max_tokens=24, temperature=0)
    found = result(done(executor, asked))
    assert found["text"]
    assert executor.text(asked, "stderr").strip() == str(found["text"]).strip()
    assert found["model"] == "tiny"
    assert len(str(found["digest"])) == 64
    for name in ("tokens_in", "tokens_out", "seconds", "first_text_seconds"):
        assert float(str(found[name])) > 0, name
    assert "tokens" in executor.text(asked, "progress")


def test_what_is_cut_off_is_said_to_be(executor: ExecutorProcess) -> None:
    outcome = done(executor, envelope("llm-generate", prompt=TREES, max_tokens=2))
    assert result(outcome)["finished"] == "length"
    assert "cut off at 2 tokens" in outcome.warnings[0]


def test_a_raw_prompt_is_continued(executor: ExecutorProcess) -> None:
    asked = envelope(
        "llm-generate", prompt="def add(a, b):\n    return", raw=True, max_tokens=4, temperature=0
    )
    assert str(result(done(executor, asked))["text"]).startswith(" a + b")


def test_a_conversation_goes_on(executor: ExecutorProcess) -> None:
    said = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": TREES},
    ]
    found = result(done(executor, envelope("llm-chat", messages=said, max_tokens=8)))
    assert int(str(found["tokens_in"])) > 30


def test_a_file_is_read_with_the_question(executor: ExecutorProcess) -> None:
    notes = NamedBlob(path="in/notes.txt", blob=ref_of(b"oak " * 200, inline_bytes=10_000))
    asked = {"prompt": TREES, "max_tokens": 2}
    bare = result(done(executor, envelope("llm-generate", **asked)))
    whole = result(done(executor, envelope("llm-generate", notes, files=["in/notes.txt"], **asked)))
    assert int(str(whole["tokens_in"])) > int(str(bare["tokens_in"])) + 200


def test_a_file_that_is_not_there_is_named(executor: ExecutorProcess) -> None:
    outcome = done(executor, envelope("llm-generate", prompt=TREES, files=["none.txt"]))
    assert outcome.ending is Ending.ERROR
    assert "none.txt" in outcome.reason
    assert "--file" in outcome.hint


def test_an_answer_of_a_form_is_data(executor: ExecutorProcess) -> None:
    asked = envelope("llm-generate", prompt="Name a city.", schema=CITY, max_tokens=60)
    answer = result(done(executor, asked))["answer"]
    assert isinstance(answer, dict)
    assert set(answer) == {"city"}


def test_an_answer_cut_off_in_its_form_fails_and_is_shown(executor: ExecutorProcess) -> None:
    asked = envelope("llm-generate", prompt="Name a city.", schema=CITY, max_tokens=3)
    outcome = done(executor, asked)
    assert outcome.ending is Ending.ERROR
    assert "does not fit the schema" in outcome.reason
    assert isinstance(outcome.result, dict)
    assert outcome.result["finished"] == "length"


def test_a_schema_that_is_none_fails_before_anything_is_asked(executor: ExecutorProcess) -> None:
    asked = envelope("llm-generate", prompt=TREES, schema={"type": "nonsense"})
    outcome = done(executor, asked)
    assert (outcome.ending, executor.text(asked, "stderr")) == (Ending.ERROR, "")
    assert "the schema is none" in outcome.reason


def test_a_model_that_is_not_there_fails_with_those_that_are(executor: ExecutorProcess) -> None:
    outcome = done(executor, envelope("llm-generate", prompt=TREES, model="nope"))
    assert outcome.ending is Ending.ERROR
    assert "'nope'" in outcome.reason
    assert "tiny" in outcome.hint


def test_texts_become_vectors(executor: ExecutorProcess) -> None:
    found = result(done(executor, envelope("llm-embed", texts=["an oak", "an ash"])))
    vectors = found["vectors"]
    assert isinstance(vectors, list)
    assert (found["count"], found["dimensions"]) == (2, 576)
    assert [len(vector) for vector in vectors] == [576, 576]


def test_many_vectors_are_a_file(executor: ExecutorProcess) -> None:
    outcome = done(executor, envelope("llm-embed", texts=[f"tree {n}" for n in range(50)]))
    assert result(outcome)["file"] == "vectors.jsonl"
    assert [each.path for each in outcome.artifacts] == ["vectors.jsonl"]


def test_a_cancelled_question_is_let_go_by_the_model(
    executor: ExecutorProcess, model_server: ModelServer
) -> None:
    most = CONTEXT_TOKENS - 100
    endless = [
        envelope("llm-generate", prompt="Write a long story.", max_tokens=most) for _ in range(2)
    ]
    executor.send(*endless)
    for each in endless:
        wait_until(lambda each=each: executor.text(each, "stderr") != "", "the answer to begin", 60)  # type: ignore[misc]
        executor.cancel(each)
        assert executor.outcome(each).ending is Ending.CANCELLED
    # The server answers two at a time: with those two still going on this one would wait for them.
    found = result(done(executor, envelope("llm-generate", prompt=TREES, max_tokens=1)))
    assert float(str(found["seconds"])) < 15


def test_the_key_is_in_nothing_that_is_told(
    executor: ExecutorProcess, model_server: ModelServer
) -> None:
    key = model_server.key_file.read_text().strip()
    assert key not in executor.log.read_text()
    assert key not in repr(executor.events())


def test_a_model_that_is_away_returns_the_task(make_executor: MakeExecutor) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    one = make_executor(YGG_MODELS__ADAPTER="openai", YGG_MODELS__URL=url)
    one.start_and_wait()
    for label, params in (("llm-generate", {"prompt": TREES}), ("llm-embed", {"texts": ["a"]})):
        outcome = done(one, envelope(label, **params))
        assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "unavailable")
        assert url in outcome.reason


def test_without_a_model_the_labels_are_not_offered(make_executor: MakeExecutor) -> None:
    one = make_executor()
    one.start_and_wait()
    offered = {each.label for each in one.announcements()[0].announcement.offers}
    assert not any(label.startswith(("llm-", "ollama-")) for label in offered)
    log = one.log.read_text()
    assert "llm-chat" in log
    assert "setting models.adapter" in log


def test_only_a_machine_with_ollama_offers_to_look_after_it(executor: ExecutorProcess) -> None:
    offered = {each.label for each in executor.announcements()[0].announcement.offers}
    assert "llm-chat" in offered
    assert "ollama-pull" not in offered


def test_a_task_cannot_bring_its_own_settings(executor: ExecutorProcess, tmp_path: Path) -> None:
    """Else a file among its inputs could have the key sent to anyone."""
    evil = b'[models]\nadapter = "openai"\nurl = "http://127.0.0.1:1/v1"\n'
    file = NamedBlob(path="ygg.toml", blob=ref_of(evil, inline_bytes=10_000))
    found = result(done(executor, envelope("llm-generate", file, prompt=TREES, max_tokens=1)))
    assert found["model"] == "tiny"
