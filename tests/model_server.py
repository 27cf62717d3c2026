"""Real servers of language models for tests: the embedded one, and Ollama."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import httpx
import ollama

from tests.services import ServerProcess, ServiceMissing
from ygg.machine_settings import ModelSettings

ROOT = Path(__file__).parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "yggdrasil"


def _told(script: str, name: str) -> str:
    """What a script that brings one of them calls it."""
    found = re.search(rf"^{name}=(\S+)$", (ROOT / "scripts" / script).read_text(), re.MULTILINE)
    assert found
    return found[1]


GGUF = CACHE / _told("model", "name")
OLLAMA = CACHE / f"ollama-{_told('ollama', 'version')}"
OLLAMA_MODEL = "smollm2"
CONTEXT_TOKENS = 1024
TEMPLATE = (
    "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
    "<|im_start|>assistant\n"
)
"""How SmolLM2 was taught to talk; Ollama does not find that in the file."""


def small_model() -> Path:
    if not GGUF.is_file():
        raise ServiceMissing("there is no small language model: run scripts/model")
    return GGUF


class ModelServer(ServerProcess):
    """`python -m ygg.models.serve`, as a container would run it."""

    name = "the embedded model"

    def __init__(self, folder: Path, **variables: str) -> None:
        super().__init__(folder)
        self.data_dir = folder / "data"
        self._variables = {
            "YGG_DATA_DIR": str(self.data_dir),
            "YGG_MODELS__ADAPTER": "embedded",
            "YGG_MODELS__URL": self.url,
            "YGG_MODELS__GGUF": str(small_model()),
            "YGG_MODELS__CONTEXT_TOKENS": str(CONTEXT_TOKENS),
            "YGG_MODELS__MODEL": "tiny",
        } | variables

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def key_file(self) -> Path:
        return self.data_dir / "model.key"

    @property
    def settings(self) -> ModelSettings:
        return ModelSettings(
            adapter="embedded",
            url=self.url,
            api_key_file=self.key_file,
            context_tokens=CONTEXT_TOKENS,
        )

    def command(self) -> list[str]:
        told = [f"{name}={value}" for name, value in self._variables.items()]
        return ["env", "-C", str(ROOT), *told, sys.executable, "-m", "ygg.models.serve"]

    def is_ready(self) -> bool:
        return _answers(f"http://127.0.0.1:{self.port}/health")


class OllamaProcess(ServerProcess):
    """`ollama serve`, with models of its own."""

    name = "ollama"

    def __init__(self, folder: Path) -> None:
        if not os.access(OLLAMA, os.X_OK):
            raise ServiceMissing("there is no Ollama: run scripts/ollama, which needs go and g++")
        super().__init__(folder)
        self.models = folder / "models"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> ModelSettings:
        return ModelSettings(
            adapter="ollama", url=self.url, model=OLLAMA_MODEL, context_tokens=CONTEXT_TOKENS
        )

    def command(self) -> list[str]:
        return [
            "env",
            *(f"HOME={self.folder}", f"OLLAMA_MODELS={self.models}"),
            *(f"OLLAMA_HOST=127.0.0.1:{self.port}", "OLLAMA_NUM_PARALLEL=1"),
            *(str(OLLAMA), "serve"),
        ]

    def is_ready(self) -> bool:
        return _answers(f"{self.url}/api/version")

    def add_small_model(self, name: str = OLLAMA_MODEL) -> None:
        with ollama.Client(self.url) as client:
            digest = client.create_blob(small_model())
            client.create(name, files={GGUF.name: digest}, template=TEMPLATE)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False
