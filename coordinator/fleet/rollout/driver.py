"""Drives a rollout to its end, or to where somebody has to look."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from coordinator.fleet.machine import Machine
from coordinator.fleet.rollout.desk import Desk, TakenOver
from coordinator.fleet.rollout.hands import Hands, Tell, Trouble
from coordinator.fleet.rollout.turn import Patience, Turn
from coordinator.fleet.rollout.turns import ENDED_BADLY, INTERRUPTED, WAITING, next_turns
from ygg.errors import YggError
from ygg.rollout_views import RolloutDetail, RolloutEnd, RolloutMachineState, RolloutMachineView

BEAT_SECONDS = 8.0
"""Well within the time after which another may drive."""


Turns = queue.SimpleQueue[tuple[str, RolloutMachineState | YggError]]
"""What became of each."""


@dataclass(frozen=True)
class Ended:
    state: RolloutEnd
    reason: str


@dataclass
class Driver:
    rollout: RolloutDetail
    machines: Mapping[str, Machine]
    """Those of the inventory."""
    hands: Hands
    desk: Desk
    patience: Patience
    tell: Tell
    _states: dict[str, RolloutMachineState] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _lost: TakenOver | None = None
    """Somebody else drives: nothing more may be done by this one."""
    _hurried: bool = False
    """Somebody at the terminal wants it to pause."""
    _begun: set[str] = field(default_factory=set)
    """Machines that had a turn of this driver."""

    def drive(self) -> Ended:
        """What is left of it. Whoever drove before may have stopped anywhere."""
        self._states = {one["machine"]: _again(one["state"]) for one in self.rollout["machines"]}
        beats = threading.Thread(target=self._beat, name="beat", daemon=True)
        beats.start()
        try:
            ended = self._abort() if self.desk.wanted == "abort" else self._pull() or self._turns()
            self.desk.end(ended.state, ended.reason)
        except KeyboardInterrupt:
            if not self._begun:
                self.desk.end("paused", "interrupted")
            raise
        finally:
            self._over.set()
            beats.join()
            self.desk.close()
        return ended

    # Before any machine is touched

    def _pull(self) -> Ended | None:
        """On all machines at once. Nothing, if it may go on."""
        wanted = [name for name, state in self._states.items() if state in WAITING]
        known = [self.machines[name] for name in wanted if name in self.machines]
        for name in set(wanted) - self.machines.keys():
            self._set(name, "skipped", "look", "it is not in the inventory any more")
        troubles = self.hands.pull(known, self.rollout["reference"], self.tell) if known else {}
        for name, trouble in troubles.items():
            self._pulled(name, trouble)
        if self._lost:
            raise self._lost
        bad = [name for name, trouble in troubles.items() if trouble and not trouble.is_away]
        if not bad:
            return None
        touched = any(state not in ("pending", "pulled") for state in self._states.values())
        after = "" if touched else "; no machine was touched"
        return Ended("failed", f"the image cannot be pulled on {', '.join(bad)}{after}")

    def _pulled(self, name: str, trouble: Trouble | None) -> None:
        if trouble is None:
            state = self._states[name]
            if state not in INTERRUPTED:
                state = self._states[name] = "pulled"
            self.desk.record("pull", "done", machine=name, machine_state=state)
        else:
            state = "unreachable" if trouble.is_away else self._states[name]
            self._states[name] = state
            self.tell(name, f"pull failed: {trouble.says}")
            self.desk.record("pull", "failed", trouble.says, machine=name, machine_state=state)

    # The turns

    def _turns(self) -> Ended:
        ended: Turns = queue.SimpleQueue()
        busy: set[str] = set()
        while True:
            for name in [] if self._stops() else self._next(busy):
                busy.add(name)
                threading.Thread(
                    target=self._take_turn, args=(name, ended), name=name, daemon=True
                ).start()
            if not busy:
                break
            name, came = self._wait(ended)
            busy.discard(name)
            if isinstance(came, YggError):
                raise came
            self._states[name] = came
        if self._lost:
            raise self._lost
        return self._ended()

    def _wait(self, ended: Turns) -> tuple[str, RolloutMachineState | YggError]:
        """With a breath now and then, in which ctrl-c is heard."""
        while True:
            try:
                return ended.get(timeout=0.5)
            except queue.Empty:
                continue
            except KeyboardInterrupt:
                if self._hurried:
                    raise
                self._hurried = True
                self.tell("", "pausing after this turn; ctrl-c again leaves it as it is")

    def _next(self, busy: set[str]) -> list[str]:
        rollout = self.rollout
        return next_turns(
            self._states,
            busy,
            canary=rollout["canary"],
            max_unavailable=rollout["max_unavailable"],
        )

    def _stops(self) -> bool:
        gone_in_its_turn = any(
            state == "unreachable" and name in self._begun for name, state in self._states.items()
        )
        return bool(self.desk.wanted or self._hurried or self._lost or gone_in_its_turn)

    def _take_turn(self, name: str, ended: Turns) -> None:
        self._begun.add(name)
        try:
            ended.put((name, self._turn(name).take()))
        except YggError as error:
            ended.put((name, error))
        except Exception as error:  # noqa: BLE001  the thread that drives raises it
            ended.put((name, YggError(f"{name}: {type(error).__name__}: {error}")))

    def _turn(self, name: str) -> Turn:
        view = self._view(name)
        return Turn(
            machine=self.machines[name],
            executor=view["executor"],
            reference=self.rollout["reference"],
            previous=view["previous"],
            hands=self.hands,
            desk=self.desk,
            patience=self.patience,
            say=lambda says: self.tell(name, says),
        )

    def _view(self, name: str) -> RolloutMachineView:
        return next(one for one in self.rollout["machines"] if one["machine"] == name)

    def _ended(self) -> Ended:
        by_state: dict[RolloutMachineState, list[str]] = {}
        for name, state in self._states.items():
            by_state.setdefault(state, []).append(name)
        bad = [name for state in ENDED_BADLY for name in by_state.get(state, [])]
        if bad:
            return Ended("failed", f"{', '.join(bad)} did not serve with it")
        away = by_state.get("unreachable", [])
        if not away and not any(state in WAITING for state in by_state):
            return Ended("done", "")
        if self.desk.wanted == "abort":
            return Ended("aborted", "as asked")
        if self.desk.wanted or self._hurried:
            return Ended("paused", "as asked")
        return Ended("paused", f"{', '.join(away)} cannot be reached")

    # Back, where it was interrupted

    def _abort(self) -> Ended:
        """With nobody at the wheel, a machine may have been left in its turn."""
        for name, state in self._states.items():
            if state in INTERRUPTED and name in self.machines:
                self._states[name] = self._turn(name).put_back("the rollout is aborted")
        bad = [name for name, state in self._states.items() if state == "failed"]
        return Ended("aborted", f"{', '.join(bad)} failed" if bad else "as asked")

    def _set(self, name: str, state: RolloutMachineState, step: str, says: str) -> None:
        self._states[name] = state
        self.tell(name, says)
        self.desk.record(step, "done", says, machine=name, machine_state=state)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                self.desk.beat()
            except TakenOver as error:
                self._lost = error
                return
            except YggError:
                continue


def _again(state: RolloutMachineState) -> RolloutMachineState:
    """What could not be reached may be back."""
    return "pending" if state == "unreachable" else state
