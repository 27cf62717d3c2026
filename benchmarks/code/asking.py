"""One task, given to the agent or asked of the model once, and judged: a record."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from benchmarks.code.answers import result_of
from benchmarks.code.confined import Bench
from benchmarks.code.fleet import Fleet
from benchmarks.code.questions import question
from benchmarks.code.record import By, Record, Verdict
from benchmarks.code_tasks.task import Finding, Result, Task
from benchmarks.wait import BenchmarkError
from ygg.code_results import content_name
from ygg.errors import Unreachable, YggError
from ygg.models.port import Chat, Message, Model, Options
from ygg.views import TaskDetail

ANSWER_TOKENS = 1024
"""As many as the agent's answers may have by default; the longest reference has 640 letters."""
SEED_STEP = 7919
"""From one round's seed to the next."""
VERDICTS = ("verified", "unverified", "refuted")
RUFF = ("check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero", "--quiet")


@dataclass(frozen=True)
class Asking:
    fleet: Fleet
    model: Model
    bench: Bench

    def record(self, task: Task, number: int, by: By) -> Record:
        """What goes wrong with one task is its record; without fleet or model nothing goes on."""
        ask = self._agent if by == "agent" else self._once
        blank = Record(task=task.id, label=task.label, round=number, by=by)
        try:
            return ask(task, blank)
        except Unreachable as error:
            raise BenchmarkError(f"{task.id}: {error.message}") from error
        except (YggError, TimeoutError) as error:
            return blank.model_copy(update={"verdict": "failed", "says": str(error)})

    def _once(self, task: Task, blank: Record) -> Record:
        messages = question(task, self._seen(task))
        seed = seed_of(task, blank.round)
        options = Options(self._room(messages), temperature=0.0, seed=seed)
        began = time.perf_counter()
        reply = self.model.chat(Chat(messages, options=options))
        taken = time.perf_counter() - began
        told = {
            "says": "cut off" if reply.finished == "length" else "",
            "tokens_in": reply.tokens_in,
            "tokens_out": reply.tokens_out,
            "seconds": taken,
            "model_seconds": reply.seconds,
        }
        return self._judged(task, result_of(task, reply.text), blank, told)

    def _room(self, messages: tuple[Message, ...]) -> int:
        context = self.model.context_tokens()
        if context is None:
            return ANSWER_TOKENS
        return max(1, min(ANSWER_TOKENS, context - self.model.count(Chat(messages)).tokens))

    def _seen(self, task: Task) -> str:
        """What a person has on the screen before asking."""
        if task.label == "code-fix-lint":
            return "\n".join(ruff_output(*one, task.params["select"]) for one in python_of(task))
        return self.bench.test_output(task.files) if task.label == "code-fix" else ""

    def _agent(self, task: Task, blank: Record) -> Record:
        params = {**task.shown(), "seed": seed_of(task, blank.round)}
        began = time.perf_counter()
        ended = self.fleet.result_of(task.label, params, task.files)
        taken = time.perf_counter() - began
        told: dict[str, object] = {"seconds": taken, "says": ended["reason"]}
        data = ended["result"]
        if not isinstance(data, dict) or data.get("verdict") not in VERDICTS:
            says = ended["reason"] or f"the task ended as {ended['state']} without a verdict"
            return blank.model_copy(update=told | {"verdict": "failed", "says": says})
        cost = cast(Mapping[str, float], data["cost"])
        told |= {
            "verdict": cast(Verdict, data["verdict"]),
            "says": data["reason"],
            "tokens_in": cost["tokens_in"],
            "tokens_out": cost["tokens_out"],
            "inside_seconds": cost["seconds"],
            "model_seconds": cost["model_seconds"],
            "check_seconds": cost["check_seconds"],
            "busy_seconds": cost.get("busy_seconds"),
        }
        return self._judged(task, self._handed_in(task, ended), blank, told)

    def _handed_in(self, task: Task, ended: TaskDetail) -> Result:
        data = cast(dict[str, Any], ended["result"])
        files = {one["path"]: self._content(one, ended["id"]) for one in data["changes"]}
        if task.planted_bug:
            files |= possible_bugs(data.get("possible_bugs", []))
        found = [finding(one) for one in data.get("findings", [])]
        return Result(files=files, findings=tuple(found))

    def _content(self, change: Mapping[str, Any], task_id: str) -> str:
        """Nothing is left of a file that was taken away."""
        if change["content"] is None and change["after"] is not None:
            return self.fleet.artifact(task_id, content_name(change["path"]))
        return change["content"] or ""

    def _judged(
        self, task: Task, result: Result, blank: Record, told: Mapping[str, object]
    ) -> Record:
        ruled = self.bench.ruling(task, result)
        more = {"result": result, "right": ruled.right, "reasons": ruled.reasons}
        return blank.model_copy(update={**told, **more})


def seed_of(task: Task, number: int) -> int:
    """The frozen one in the first round, and another in each that follows."""
    return (task.seed + number * SEED_STEP) % 2**31


def python_of(task: Task) -> list[tuple[str, str]]:
    return [(path, text) for path, text in task.sources().items() if path.endswith(".py")]


def ruff_output(path: str, source: str, select: object) -> str:
    rules = ",".join(str(one) for one in cast(Sequence[object], select))
    told = ("--select", rules, "--output-format", "concise", "--stdin-filename", path, "-")
    return subprocess.run(
        [find_ruff_bin(), *RUFF, *told], input=source, capture_output=True, text=True, check=True
    ).stdout


def possible_bugs(told: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The tests by which the agent shows that the code is wrong, a file each."""
    return {f"test_possible_bug_{number}.py": one["test"] for number, one in enumerate(told, 1)}


def finding(told: Mapping[str, Any]) -> Finding:
    """What no machine confirms is advisory."""
    says = " ".join(str(told[name]) for name in ("message", "proof") if told.get(name))
    advisory = not told["proven"]
    return Finding(line=told["line"], says=says, path=told["file"], advisory=advisory)
