"""`ygg model`, typed: against a real Ollama that pulls from another, and the real small file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ollama
import pytest

from tests.conftest import unavailable
from tests.model_server import GGUF, OLLAMA_MODEL, ROOT, OllamaProcess, small_model
from tests.ollama_registry import OllamaRegistry
from tests.services import ServiceMissing
from ygg.models.gguf import KNOWN

pytestmark = pytest.mark.timeout(240)

YGG = (sys.executable, "-P", "-m", "ygg.cli")
SMALL = KNOWN["smollm2-135m"]
NAME = f"{OLLAMA_MODEL}:latest"


class Machine:
    """Where commands are typed, with settings of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
        self.environment = kept | {
            "YGG_DATA_DIR": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "no-config"),
        }

    def settle(self, text: str) -> None:
        (self.folder / "ygg.toml").write_text(text)

    def type(self, *words: str, stderr: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (*YGG, "model", *words),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def registry(ollama_server: OllamaProcess) -> Iterator[OllamaRegistry]:
    found = OllamaRegistry(ollama_server.models)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OllamaProcess]:
    """An Ollama without models."""
    found = OllamaProcess(tmp_path_factory.mktemp("fresh"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def small() -> Path:
    try:
        return small_model()
    except ServiceMissing as error:
        unavailable(error)


def ollama_settings(url: str) -> str:
    return (
        f'[models]\nadapter = "ollama"\nurl = "{url}"\n'
        "[handlers.ollama]\ninsecure_registries = true\n"
    )


def test_a_model_is_pulled_checked_listed_and_shown(
    machine: Machine, fresh: OllamaProcess, registry: OllamaRegistry
) -> None:
    machine.settle(ollama_settings(fresh.url))
    assert "there are no models" in machine.type("list").stderr
    name = f"http://{registry.host}/library/{OLLAMA_MODEL}:latest"
    done = machine.type("pull", name, "--json")
    assert done.returncode == 0, done.stderr
    assert "(98 MB)" in done.stderr
    pulled = json.loads(done.stdout)
    model, digest = pulled["model"], pulled["digest"]
    assert model == f"{registry.host}/library/{NAME}"
    assert f'model = "{model}"' in done.stderr
    again = machine.type("pull", name, "--digest", f"sha256:{digest}")
    assert (again.returncode, again.stdout) == (0, f"{model} sha256:{digest}\n")
    [listed] = json.loads(machine.type("list", "--json").stdout)
    assert (listed["model"], listed["digest"], listed["asked"]) == (model, digest, True)
    assert listed["size_bytes"] > 90e6
    assert json.loads(machine.type("show", "--json").stdout) == listed
    assert f"sha256:{digest}" in machine.type("show", model).stdout


def test_a_model_of_another_digest_is_not_taken_for_the_one_that_was_meant(
    machine: Machine, ollama_server: OllamaProcess, registry: OllamaRegistry
) -> None:
    machine.settle(ollama_settings(ollama_server.url))
    name = f"http://{registry.host}/library/{OLLAMA_MODEL}:latest"
    try:
        done = machine.type("pull", name, "--digest", "0" * 64)
    finally:
        remove(ollama_server, f"{registry.host}/library/{NAME}")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"not sha256:{'0' * 64}" in done.stderr
    assert "ollama rm" in done.stderr


def test_a_terminal_sees_how_far_it_is(
    machine: Machine, fresh: OllamaProcess, registry: OllamaRegistry
) -> None:
    machine.settle(ollama_settings(fresh.url))
    terminal, under = os.openpty()
    try:
        name = f"http://{registry.host}/library/{OLLAMA_MODEL}:latest"
        done = machine.type("pull", name, stderr=under)
        seen = os.read(terminal, 65536).decode()
    finally:
        os.close(terminal)
        os.close(under)
    assert done.returncode == 0
    assert "pulling" in seen
    assert "%" in seen


def test_what_is_not_there_is_refused_with_what_to_do(
    machine: Machine, ollama_server: OllamaProcess, registry: OllamaRegistry
) -> None:
    machine.settle(ollama_settings(ollama_server.url))
    done = machine.type("show", "nope")
    assert done.returncode == 3
    assert NAME in done.stderr
    done = machine.type("pull", f"http://{registry.host}/library/nope")
    assert done.returncode in (1, 2)
    assert "manifest" in done.stderr
    machine.settle(ollama_settings("http://127.0.0.1:1"))
    done = machine.type("pull")
    assert done.returncode == 4
    assert "is it running?" in done.stderr


def test_the_small_file_is_there_already_and_what_to_set_is_said(
    machine: Machine, small: Path
) -> None:
    done = machine.type("pull", "smollm2-135m")
    assert (done.returncode, done.stdout) == (0, f"{small}\n")
    assert f'adapter = "embedded" and gguf = "{small}"' in done.stderr
    machine.settle(f'[models]\nadapter = "embedded"\ngguf = "{small}"\n')
    done = machine.type("pull", "--json")
    assert json.loads(done.stdout) == {
        "model": "smollm2-135m",
        "digest": SMALL.sha256,
        "file": str(small),
        "was_there": True,
    }
    assert done.stderr == ""
    [row] = json.loads(machine.type("list", "--json").stdout)
    assert (row["model"], row["asked"], row["digest"]) == ("smollm2-135m", True, SMALL.sha256)
    assert f" {SMALL.sha256[:12]} " in machine.type("list").stdout
    shown = machine.type("show").stdout
    assert f"sha256:{SMALL.sha256}" in shown
    assert str(GGUF) in shown


def test_a_digest_that_is_not_the_files_is_refused_before_anything_is_fetched(
    machine: Machine,
) -> None:
    machine.environment["XDG_CACHE_HOME"] = str(machine.folder / "cache")
    done = machine.type("pull", "smollm2-135m", "--digest", "0" * 64)
    assert done.returncode == 1
    assert not (machine.folder / "cache").exists()


@pytest.mark.parametrize("words", [("list",), ("show",), ("pull",), ("pull", "qwen2.5-coder:3b")])
def test_a_machine_without_a_model_says_what_to_set(
    machine: Machine, words: tuple[str, ...]
) -> None:
    done = machine.type(*words)
    assert done.returncode == 2
    assert "no language model" in done.stderr
    assert "[models]" in done.stderr


def test_a_server_of_another_kind_lists_and_does_not_pull(
    machine: Machine, ollama_server: OllamaProcess
) -> None:
    machine.settle(f'[models]\nadapter = "openai"\nurl = "{ollama_server.url}/v1"\n')
    assert NAME in machine.type("list").stdout
    done = machine.type("pull", "x")
    assert done.returncode == 2
    assert "in its own way" in done.stderr


def test_the_script_types_it(machine: Machine, small: Path) -> None:
    machine.settle(f'[models]\nadapter = "embedded"\ngguf = "{small}"\n')
    done = subprocess.run(
        [str(ROOT / "scripts" / "pull-code-model.sh")],
        cwd=machine.folder,
        env=machine.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{small}\n"


def remove(server: OllamaProcess, name: str) -> None:
    with ollama.Client(server.url) as client:
        client.delete(name)
