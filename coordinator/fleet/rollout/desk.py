"""The coordinator, as the driver of a rollout talks to it: from any thread, and patiently.

A coordinator that is away is waited for. What is asked of it twice, since the first answer got
lost, does no harm.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from coordinator.fleet.draining import executors_on
from coordinator.fleet.rollout.hands import StepFailed
from ygg import draining
from ygg.client import Client
from ygg.errors import Conflict, NotFound, Unreachable
from ygg.rollout_client import Rollouts
from ygg.rollout_views import RolloutEnd, RolloutMachineState, RolloutStepState
from ygg.target import Target
from ygg.views import ExecutorView, TaskDetail

AWAY_SECONDS = 900.0
"""So long a coordinator that does not answer is waited for."""
AGAIN_SECONDS = 1.0
LOOK_SECONDS = 0.5
SERVING = ("alive", "draining", "drained")
"""States of an executor that is there."""

Answer = TypeVar("Answer")


class TakenOver(Conflict):
    """Somebody else drives the rollout now."""


class Desk:
    def __init__(
        self, target: Target, rollout: str, token: str, tell: Callable[[str], None]
    ) -> None:
        self._target = target
        self._rollout = rollout
        self._token = token
        self._tell = tell
        self._own = threading.local()
        self._clients: list[Client] = []
        self.wanted = ""
        """What somebody asked for meanwhile: `pause`, `abort`, or nothing."""

    def close(self) -> None:
        for client in self._clients:
            client.close()

    # The record

    def record(
        self,
        step: str,
        state: RolloutStepState,
        says: str = "",
        *,
        machine: str | None = None,
        machine_state: RolloutMachineState | None = None,
        previous: str | None = None,
    ) -> None:
        def call(client: Client) -> None:
            heard = Rollouts(client).step(
                self._rollout,
                self._token,
                step,
                state,
                says,
                machine=machine,
                machine_state=machine_state,
                previous=previous,
            )
            self.wanted = heard["wanted"]

        self._driving(call)

    def beat(self) -> None:
        def call(client: Client) -> None:
            self.wanted = Rollouts(client).beat(self._rollout, self._token)["wanted"]

        self._driving(call)

    def end(self, state: RolloutEnd, reason: str) -> None:
        self._driving(
            lambda client: Rollouts(client).end(self._rollout, self._token, state, reason)
        )

    # The executors

    def drain(self, machine: str, executor: str, seconds: float) -> None:
        note = f"rollout {self._rollout}"
        self._patiently(
            lambda client: draining.drain(client, machine, executor, seconds=seconds, note=note)
        )

    def give_work(self, machine: str, executor: str, seconds: float) -> None:
        """Undrain it, and wait until it takes tasks: then another may be drained."""
        self._undrain(machine, executor)
        self._wait(machine, executor, seconds, "take tasks", lambda one: one["state"] == "alive")

    def _undrain(self, machine: str, executor: str) -> None:
        def call(client: Client) -> None:
            # Somebody was faster, or our first answer got lost.
            with contextlib.suppress(NotFound):
                draining.undrain(client, machine, executor)

        self._patiently(call)

    def executor(self, machine: str, executor: str) -> ExecutorView | None:
        """As it is now; nothing where it has left or was never there."""
        found = self._patiently(lambda client: executors_on(client, machine, executor))
        return found[0] if found else None

    def wait_serving(self, machine: str, executor: str, digest: str, seconds: float) -> None:
        """Until it announces itself with that image."""

        def serves(one: ExecutorView) -> bool:
            if one["image_digest"] != digest:
                return False
            if one["state"] == "refused":  # by its version: no waiting helps
                raise StepFailed(one["refused"])
            return one["state"] in SERVING

        self._wait(machine, executor, seconds, "serve", serves)

    def _wait(
        self,
        machine: str,
        executor: str,
        seconds: float,
        what: str,
        is_so: Callable[[ExecutorView], bool],
    ) -> None:
        deadline = time.monotonic() + seconds
        while True:
            found = self.executor(machine, executor)
            if found and is_so(found):
                return
            if time.monotonic() > deadline:
                raise StepFailed(f"{executor} did not {what} within {seconds:.0f} s: {_is(found)}")
            time.sleep(LOOK_SECONDS)

    def probe(self, executor: str, seconds: float) -> str:
        """Have it do a task; which task that was."""
        task_id = self._patiently(lambda client: draining.probe(client, executor))
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            task = self._task(task_id, min(10.0, max(left, 0.0)))
            if task["state"] == "succeeded":
                return task_id
            if task["finished_at"] is not None:
                raise StepFailed(f"its probe {task_id} ended {task['state']}: {task['reason']}")
            if left <= 0:
                self._patiently(lambda client: client.cancel(task_id, note="no answer in time"))
                raise StepFailed(f"its probe {task_id} was not answered within {seconds:.0f} s")

    def _task(self, task_id: str, seconds: float) -> TaskDetail:
        """As it is then, or once it has ended."""
        return self._patiently(lambda client: client.wait(task_id, timeout_seconds=seconds))

    # How it is asked

    def _driving(self, call: Callable[[Client], Answer]) -> Answer:
        try:
            return self._patiently(call)
        except Conflict as error:
            raise TakenOver(error.message, hint=error.hint) from error

    def _patiently(self, call: Callable[[Client], Answer]) -> Answer:
        deadline = time.monotonic() + AWAY_SECONDS
        said = False
        while True:
            try:
                return call(self._client())
            except Unreachable as error:
                if time.monotonic() > deadline:
                    raise
                if not said:
                    self._tell(f"{error.message}; waiting for it")
                    said = True
                time.sleep(AGAIN_SECONDS)

    def _client(self) -> Client:
        """One for each thread."""
        found: Client | None = getattr(self._own, "client", None)
        if found is None:
            found = self._own.client = Client(self._target)
            self._clients.append(found)
        return found


def _is(found: ExecutorView | None) -> str:
    if found is None:
        return "nobody announced itself"
    return f"it is {found['state']}, with {found['image_digest'][:19] or 'no image'}"
