from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

from tests.integration.executors.harness import ROOT, ExecutorProcess, MakeExecutor
from tests.services import free_port, wait_until


def ask(port: int, path: str = "/health") -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        body = error.read()
        return error.code, json.loads(body) if body.startswith(b"{") else {}


def say(executor: ExecutorProcess, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ygg.cli", "executor", "health", *more],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("YGG_")},
            "YGG_DATA_DIR": str(executor.data_dir),
            "YGG_EXECUTOR__NAME": "fenrir",
        },
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_health_follows_the_broker_over_http_and_on_the_command_line(
    make_executor: MakeExecutor,
) -> None:
    port = free_port()
    executor = make_executor(YGG_EXECUTOR__HEALTH_PORT=str(port))
    executor.start_and_wait()
    wait_until(lambda: ask(port)[0] == 200, "it to be well")
    told = ask(port)[1]
    assert told["ok"] is True
    assert set(told["parts"]) == {"broker", "coordinator", "leases", "disk", "sandbox"}
    assert ask(port, "/else")[0] == 404
    done = say(executor)
    assert done.returncode == 0, done.stderr
    assert "it answers" in done.stdout
    executor.broker.kill()
    wait_until(lambda: ask(port)[0] == 503, "the broker to be missed", 20)
    done = say(executor, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["trouble"] == "broker: it does not answer"
    assert "not well: broker: it does not answer" in done.stderr
    executor.broker.start()
    executor.redis.set("ygg:epoch", "second")
    wait_until(lambda: ask(port)[0] == 200, "the broker to be back", 30)


def test_too_little_disk_is_told(make_executor: MakeExecutor) -> None:
    executor = make_executor(YGG_EXECUTOR__DISK_FREE_BYTES=str(10**18))
    executor.start_and_wait()
    wait_until((executor.data_dir / "run" / "fenrir" / "health").exists, "a first word")
    done = say(executor)
    assert done.returncode == 1
    assert "not well: disk:" in done.stderr


def test_silence_is_no_health(make_executor: MakeExecutor) -> None:
    executor = make_executor()
    executor.data_dir.mkdir(parents=True)
    done = say(executor)
    assert done.returncode == 4
    assert "no executor fenrir has run here" in done.stderr
    folder = executor.data_dir / "run" / "fenrir"
    folder.mkdir(parents=True)
    (folder / "health").write_text('{"at": 0.0, "ok": true, "version": "1", "parts": {}}')
    done = say(executor)
    assert done.returncode == 1
    assert "has said nothing for" in done.stderr
