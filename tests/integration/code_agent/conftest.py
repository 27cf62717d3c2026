"""Code tasks as an executor runs them: a real sandbox, and a model whose answers a test writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from code_agent.settings import AgentSettings
from executors.handler import Handler
from executors.models.asking import Models
from executors.sandbox import NoSandbox, Sandbox
from executors.sandboxes.trial import find_sandbox
from executors.sources import RepositorySettings
from tests.attempts import Ended, Runner
from tests.scripted_model import Asked, Script, ScriptedModel
from ygg.machine_settings import SandboxSettings


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    folder = tmp_path_factory.mktemp("sandbox")
    found = find_sandbox(SandboxSettings(), folder, folder / "own")
    assert found is not None
    assert not isinstance(found, NoSandbox), found
    return found


@dataclass
class CodeTasks:
    """Runs code handlers, and remembers what the model was asked."""

    runner: Runner
    agent: dict[str, Any] = field(default_factory=dict)
    repositories: RepositorySettings = field(default_factory=RepositorySettings)
    embeds: Callable[[Sequence[str]], Sequence[Sequence[float]]] | None = None
    """What makes vectors of texts, if the model is one that can."""
    asked: list[Asked] = field(default_factory=list)

    def run(
        self,
        handler: Handler,
        params: Mapping[str, JsonValue],
        answers: Script = (),
        files: Mapping[str, str | bytes] | None = None,
    ) -> Ended:
        with ScriptedModel(answers, embeds=self.embeds) as server:
            models = Models.model_validate(server.settings.model_dump(exclude_none=True))
            agent = AgentSettings.model_validate(self.agent)
            ended = self.runner.run(handler, params, [models, agent, self.repositories], files)
            self.asked = server.requests
        return ended


@pytest.fixture
def code(tmp_path: Path, sandbox: Sandbox) -> CodeTasks:
    return CodeTasks(Runner(tmp_path, sandbox))


def block(code: str, language: str = "python") -> str:
    """An answer that is a piece of code."""
    return f"```{language}\n{code.strip()}\n```\n"
