"""The model that a machine serves to itself, as the process it is."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import unavailable
from tests.model_server import CONTEXT_TOKENS, ModelServer
from tests.services import ServiceMissing, wait_until
from ygg.errors import Denied, ModelUnreachable
from ygg.models.connect import connect
from ygg.models.port import Chat, Message, Options

pytestmark = pytest.mark.timeout(180)


def server_in(folder: Path, **variables: str) -> ModelServer:
    try:
        return ModelServer(folder, **variables)
    except ServiceMissing as error:
        unavailable(error)


def refusal(folder: Path, **variables: str) -> tuple[int, str]:
    """How it ends at once."""
    done = subprocess.run(
        server_in(folder, **variables).command(), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_others_on_this_machine_cannot_use_it(model_server: ModelServer) -> None:
    assert stat.S_IMODE(model_server.key_file.stat().st_mode) == 0o600
    assert httpx.get(f"{model_server.url}/models").status_code == 401


def test_a_wrong_key_is_denied(model_server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("wrong")
    changed = {"api_key_file": tmp_path / "key"}
    stranger = connect(model_server.settings.model_copy(update=changed))
    with pytest.raises(Denied):
        stranger.models()
    stranger.close()


def test_neither_key_nor_prompts_are_logged_or_on_its_command_line(
    model_server: ModelServer,
) -> None:
    model = connect(model_server.settings)
    model.chat(Chat((Message("user", "Yggdrasil-is-an-ash"),), options=Options(max_tokens=2)))
    model.close()
    key = model_server.key_file.read_text().strip()
    told = model_server.log.read_text() + " ".join(psutil.Process(model_server.pid).cmdline())
    assert key not in told
    assert "Yggdrasil-is-an-ash" not in told


def test_it_listens_on_loopback_alone(model_server: ModelServer) -> None:
    listening = [
        each.laddr.ip
        for each in psutil.Process(model_server.pid).net_connections()
        if each.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.slow
def test_many_prompts_do_not_fill_the_memory(tmp_path: Path) -> None:
    server = server_in(tmp_path, YGG_MODELS__PROMPT_CACHE_BYTES=str(8 * 2**20))
    server.start()
    model = connect(server.settings)
    sizes = []
    for number in range(8):
        text = f"{number} " * (CONTEXT_TOKENS // 16)  # 3.5 MB in memory
        model.chat(Chat((Message("user", text),), options=Options(max_tokens=1)))
        sizes.append(psutil.Process(server.pid).memory_info().rss)
    model.close()
    server.stop()
    assert sizes[-1] < sizes[2] + 8 * 2**20, sizes


def test_it_ends_when_told_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    server = server_in(tmp_path)
    server.start()
    model = connect(server.settings)
    endless = Chat(
        (Message("user", "Write a long story."),), options=Options(max_tokens=CONTEXT_TOKENS - 64)
    )

    def stop_it(text: str) -> None:
        if server.is_running:
            server.stop()

    with pytest.raises(ModelUnreachable):
        model.chat(endless, stop_it)
    model.close()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    code, said = refusal(tmp_path, YGG_MODELS__GGUF="/nowhere/model.gguf")
    assert code == 2
    assert "/nowhere/model.gguf" in said
    assert "scripts/model" in said


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("not a model")
    code, said = refusal(tmp_path, YGG_MODELS__GGUF=str(tmp_path / "text.gguf"))
    assert code == 1
    assert "is it a GGUF file" in said


def test_a_port_that_is_taken_is_refused(model_server: ModelServer, tmp_path: Path) -> None:
    code, said = refusal(tmp_path, YGG_MODELS__URL=model_server.url)
    assert code == 1
    assert "is the port free" in said


def test_it_ends_with_whoever_supervises_it(tmp_path: Path) -> None:
    """As a part of `ygg up`: the supervisor has the kernel send it SIGTERM."""
    server = server_in(tmp_path)
    server.start()
    os.kill(server.pid, 15)
    wait_until(lambda: not server.is_running, "it to end", 15)
