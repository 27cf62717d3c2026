"""One machine's turn: without work, another version, a probe, and work again; or back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from coordinator.fleet.draining import BUSY, GRACE_SECONDS
from coordinator.fleet.machine import Machine
from coordinator.fleet.rollout.desk import LOOK_SECONDS, Desk, TakenOver
from coordinator.fleet.rollout.hands import Away, Hands
from ygg.errors import YggError
from ygg.rollout_views import RolloutMachineState

Say = Callable[[str], None]


@dataclass(frozen=True)
class Patience:
    drain_seconds: float
    """So long what runs may go on."""
    serve_seconds: float = 120.0
    """So long a new version may take to announce itself, and to answer a probe."""


@dataclass
class Turn:
    machine: Machine
    executor: str
    reference: str
    previous: str
    """What it ran before the rollout, if that is known."""
    hands: Hands
    desk: Desk
    patience: Patience
    say: Say

    def take(self) -> RolloutMachineState:
        """Every step may have been taken before, by a driver that died then."""
        try:
            return self._take()
        except TakenOver:
            raise
        except Away as error:
            return self._ended("reach", "unreachable", error.message)
        except YggError as error:
            self._note("fail", "failed", error.message)
            return self.put_back(error.message)

    def put_back(self, why: str) -> RolloutMachineState:
        """What it ran before, with work again."""
        if not self.previous:
            return self._ended("put-back", "failed", f"nobody knows what it ran before: {why}")
        try:
            self._note("put-back", "begun", self.previous)
            self.hands.switch(self.machine, self.previous, self._told)
            self._wait_serving(self.previous)
            self._give_work()
        except TakenOver:
            raise
        except YggError as error:
            says = f"what it ran before does not serve again: {error.message}\nat first: {why}"
            return self._ended("put-back", "failed", says)
        return self._ended("put-back", "restored", f"it runs again what it ran before: {why}")

    def _take(self) -> RolloutMachineState:
        now = self.hands.running(self.machine)
        if not now:
            says = f"it has no unit of this: ygg machines provision {self.machine.name}"
            return self._ended("look", "skipped", says)
        self.previous = self.previous or now
        if now == self.reference and self._serves():
            self._give_work()
            return self._ended("look", "done", "it ran this already")
        self._drain()
        self._note("switch", "begun", self.reference, "switching")
        self.hands.switch(self.machine, self.reference, self._told)
        self._note("switch", "done")
        self._note("serve", "begun", machine_state="proving")
        self._wait_serving(self.reference)
        task_id = self.desk.probe(self.executor, self.patience.serve_seconds)
        self._note("probe", "done", f"task {task_id}")
        self._give_work()
        return self._ended("serve", "done", self._tidied())

    def _tidied(self) -> str:
        """It serves: what cannot be removed does not change that."""
        try:
            self.hands.tidy(self.machine, (self.reference, self.previous), self._told)
        except YggError as error:
            return f"other versions are still there: {error.message}"
        return ""

    def _drain(self) -> None:
        self._note("drain", "begun", machine_state="draining", previous=self.previous)
        if self.desk.executor(self.machine.name, self.executor) is None:
            self._note("drain", "done", "nothing served there")
            return
        self.desk.drain(self.machine.name, self.executor, self.patience.drain_seconds)
        self._note("drain", "done", self._wait_without_work())

    def _wait_without_work(self) -> str:
        """One that stays busy is stopped by the switch, as any service is."""
        deadline = time.monotonic() + self.patience.drain_seconds + GRACE_SECONDS
        running = 0
        while True:
            found = self.desk.executor(self.machine.name, self.executor)
            if found is None or found["state"] not in BUSY:
                return f"it is {found['state']}" if found else "it has left"
            if found["running"] and found["running"] != running:
                self.say(f"{found['running']} still running")
            running = found["running"]
            if time.monotonic() > deadline:
                return f"{running} still running after all its time"
            time.sleep(LOOK_SECONDS)

    def _give_work(self) -> None:
        seconds = self.patience.serve_seconds
        self.desk.give_work(self.machine.name, self.executor, seconds)

    def _serves(self) -> bool:
        found = self.desk.executor(self.machine.name, self.executor)
        digest = self.reference.rpartition("@")[2]
        if found is None or found["state"] in ("silent", "refused"):
            return False
        return found["image_digest"] == digest

    def _wait_serving(self, reference: str) -> None:
        digest = reference.rpartition("@")[2]
        seconds = self.patience.serve_seconds
        self.desk.wait_serving(self.machine.name, self.executor, digest, seconds)

    def _ended(self, step: str, state: RolloutMachineState, says: str) -> RolloutMachineState:
        well = state in ("done", "restored", "skipped")
        self._note(step, "done" if well else "failed", says, state)
        return state

    def _note(
        self,
        step: str,
        state: str,
        says: str = "",
        machine_state: RolloutMachineState | None = None,
        previous: str | None = None,
    ) -> None:
        self.say(": ".join(filter(None, (f"{step} {state}", says))))
        self.desk.record(
            step,
            state,  # type: ignore[arg-type]
            says,
            machine=self.machine.name,
            machine_state=machine_state,
            previous=previous,
        )

    def _told(self, _machine: str, says: str) -> None:
        self.say(says)
