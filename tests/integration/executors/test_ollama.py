"""`ollama-` tasks on a real Ollama, which pulls from another one's models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.executors.harness import ExecutorProcess, MakeExecutor, running_executor
from tests.integration.executors.test_llm import done, envelope, result
from tests.model_server import OLLAMA_MODEL, OllamaProcess
from tests.ollama_registry import OllamaRegistry
from ygg.task import Ending

pytestmark = pytest.mark.timeout(240)

NAME = f"{OLLAMA_MODEL}:latest"


@pytest.fixture(scope="module")
def executor(
    ollama_server: OllamaProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExecutorProcess]:
    folder = tmp_path_factory.mktemp("ollama-tasks")
    with running_executor(folder, **told_of(ollama_server)) as found:
        yield found


def told_of(ollama: OllamaProcess) -> dict[str, str]:
    return {
        "YGG_MODELS__ADAPTER": "ollama",
        "YGG_MODELS__URL": ollama.url,
        "YGG_HANDLERS__OLLAMA__INSECURE_REGISTRIES": "true",
    }


@pytest.fixture
def registry(ollama_server: OllamaProcess) -> Iterator[OllamaRegistry]:
    found = OllamaRegistry(ollama_server.models)
    found.start()
    yield found
    found.stop()


def test_a_model_is_listed_shown_and_seen_in_memory(executor: ExecutorProcess) -> None:
    (listed,) = result(done(executor, envelope("ollama-list")))["models"]  # type: ignore[misc]
    assert listed["name"] == NAME
    assert listed["family"] == "llama"
    assert listed["size_bytes"] > 90e6
    shown = result(done(executor, envelope("ollama-show", model=OLLAMA_MODEL)))
    assert "im_start" in str(shown["template"])
    asked = envelope("llm-generate", prompt="Name three trees.", max_tokens=3)
    found = result(done(executor, asked))
    assert (found["model"], found["digest"]) == (NAME, listed["digest"])
    (loaded,) = result(done(executor, envelope("ollama-ps")))["models"]  # type: ignore[misc]
    assert (loaded["name"], loaded["digest"]) == (NAME, listed["digest"])


@pytest.mark.parametrize("label", ["ollama-show", "ollama-remove"])
def test_a_model_that_is_not_there_is_refused_with_those_that_are(
    executor: ExecutorProcess, label: str
) -> None:
    outcome = done(executor, envelope(label, model="nope"))
    assert outcome.ending is Ending.ERROR
    assert "'nope'" in outcome.reason
    assert NAME in outcome.hint


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[OllamaProcess]:
    """An Ollama without models."""
    found = OllamaProcess(tmp_path)
    found.start()
    yield found
    found.stop()


def test_a_model_is_pulled_with_progress_and_removed(
    make_executor: MakeExecutor, fresh: OllamaProcess, registry: OllamaRegistry
) -> None:
    one = make_executor(**told_of(fresh))
    one.start_and_wait()
    name = f"http://{registry.host}/library/{OLLAMA_MODEL}:latest"
    pull = envelope("ollama-pull", model=name)
    pulled = result(done(one, pull))
    assert len(str(pulled["digest"])) == 64
    assert "success" in one.text(pull, "ygg")
    assert "of 98 MB" in one.text(pull, "progress")
    (listed,) = result(done(one, envelope("ollama-list")))["models"]  # type: ignore[misc]
    assert listed["digest"] == pulled["digest"]
    result(done(one, envelope("ollama-remove", model=listed["name"])))
    assert result(done(one, envelope("ollama-list")))["models"] == []


def test_what_cannot_be_pulled_fails_and_says_why(
    executor: ExecutorProcess, registry: OllamaRegistry
) -> None:
    name = f"http://{registry.host}/library/nope"
    outcome = done(executor, envelope("ollama-pull", model=name))
    assert outcome.ending is Ending.ERROR
    assert "manifest" in outcome.reason
