"""A fleet of its own in a folder of its own, with one task at a time: `ygg up`."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from benchmarks.code.told import Told
from benchmarks.code_tasks.task import Files
from benchmarks.server import free_port
from benchmarks.wait import BenchmarkError
from ygg.client import Client
from ygg.embedded.state import read
from ygg.machine_settings import Group, ModelSettings
from ygg.target import Target, token_file
from ygg.task import FINAL, State
from ygg.views import TaskDetail

YGG = (sys.executable, "-P", "-m", "ygg.cli")
LONGEST_SECONDS = 2400.0
"""Longer than any attempt of a code task may run."""
AT_ONCE_SECONDS = 60.0


class Fleet:
    def __init__(self, told: Told, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._models = models = _told_of_models(told.models)
        kept = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
        self._environment = kept | {
            "XDG_CONFIG_HOME": str(folder / "no-config"),
            "YGG_DATA_DIR": str(self._data),
            "YGG_LOG_LEVEL": "warning",
            "YGG_MODELS": json.dumps(models),
            "YGG_SANDBOX": json.dumps(_as_data(told.sandbox)),
            "YGG_HANDLERS": json.dumps({"code": dict(told.agent)}),
        }
        self._client: Client | None = None

    @property
    def models(self) -> ModelSettings:
        """To ask the same model without the fleet."""
        own = {name: value for name, value in self._models.items() if name != "guard_dir"}
        if own["adapter"] == "embedded" and "api_key" not in own:
            own.setdefault("api_key_file", str(self._data / "model.key"))
        return ModelSettings.model_validate(own)

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ygg("up", "--detach", "--no-flower", "--concurrency", "1")
        state = read(self._data)
        if state is None:
            raise BenchmarkError("the fleet stopped again")
        self._client = Client(Target(state.url, token_file(self._data).read_text().strip()))

    def stop(self) -> None:
        if self._client is not None:
            self._client.close()
        if self._data.exists():
            self._ygg("down", "--now")

    def offered(self) -> set[str]:
        return {one["label"] for one in self._ready().labels() if one["executors"]}

    def result_of(self, label: str, params: Mapping[str, JsonValue], files: Files) -> TaskDetail:
        """The task when nothing more comes of it by itself."""
        client = self._ready()
        inputs = [{"path": path, "blob": _blob(text)} for path, text in files.items()]
        accepted = client.submit({"label": label, "params": params, "inputs": inputs})
        task_id = accepted["task"]["id"]
        deadline = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < deadline:
            task = client.wait(task_id, timeout_seconds=AT_ONCE_SECONDS)
            if task["state"] in FINAL or task["state"] == State.REVIEW:
                return task
        client.cancel(task_id)
        raise TimeoutError(f"no result after {LONGEST_SECONDS:g} s: {task['reason']}")

    def artifact(self, task_id: str, path: str) -> str:
        return self._ready().artifact(task_id, path).decode()

    def _ready(self) -> Client:
        if self._client is None:
            raise BenchmarkError("the fleet has not been started")
        return self._client

    def _ygg(self, *arguments: str) -> None:
        done = subprocess.run(
            (*YGG, *arguments),
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkError(f"ygg {arguments[0]}: {done.stderr.strip()}")


def _told_of_models(models: ModelSettings) -> dict[str, Any]:
    told = _as_data(models)
    if models.api_key is not None:
        told["api_key"] = models.api_key.get_secret_value()
    for name in ("gguf", "api_key_file"):
        if path := getattr(models, name):
            told[name] = str(path.resolve())
    if models.adapter == "embedded":
        # The usual port may be that of the person's own fleet.
        told["url"] = f"http://127.0.0.1:{free_port()}/v1"
    return told


def _as_data(settings: Group) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_unset=True)


def _blob(text: str) -> dict[str, object]:
    data = text.encode()
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "inline_base64": base64.b64encode(data).decode(),
    }
