"""One executor: what its parts share, made before the pool is forked."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from celery.worker import state

from executors.board import Board, Stage
from executors.families import Gate
from executors.handler import Handler
from executors.sandbox import NoSandbox, Sandbox
from ygg.errors import UnknownLabel
from ygg.labels import machine_queue, probe_queue
from ygg.settings import Settings

EXIT_STUCK = 75

logger = logging.getLogger(__name__)


@dataclass
class Executor:
    settings: Settings
    handlers: dict[str, Handler]
    board: Board
    boot: str
    """New at every start: tells this process from an earlier one of the same name."""
    sandbox: Sandbox | NoSandbox | None = None
    """What confines untrusted commands; nothing: the machine's owner wants none."""
    refused: str = ""
    """Why it takes no tasks: its version and the coordinator's do not work together."""
    exit_code: int = 0

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.settings, lambda: self.board.stage is Stage.REST)

    @cached_property
    def queues(self) -> tuple[str, ...]:
        """Its families', and its machine's own.

        Told to consume all, it leaves out those of which it offers nothing: what it takes there it
        can only hand back, and may be the one who gets it again.
        """
        wanted = self.settings.executor_queues
        if "*" in self.settings.executor.queues:
            wanted = tuple(queue for queue in wanted if queue in self._offered_in())
        own = machine_queue(self.settings.executor.machine)
        return (*(queue for queue in wanted if queue != own), own)

    def _offered_in(self) -> set[str]:
        found: set[str] = set()
        for label in self.handlers:
            with suppress(UnknownLabel):
                found.add(self.settings.routes.match(label).queue)
        return found

    @property
    def name(self) -> str:
        return self.settings.executor.name

    @property
    def work_dir(self) -> Path:
        """The workspaces of running attempts."""
        return self.settings.data_dir / "work" / self.name

    @property
    def kept_dir(self) -> Path:
        """The workspaces that were asked to stay."""
        return self.settings.data_dir / "kept" / self.name

    @property
    def listens(self) -> tuple[str, ...]:
        """All that it takes messages from: probes of itself, too."""
        return (*self.queues, probe_queue(self.name))

    @property
    def draining(self) -> bool:
        """It is about to end."""
        return self.board.stage >= Stage.DRAIN

    @property
    def resting(self) -> bool:
        return self.board.stage is Stage.REST

    def drain(self) -> None:
        """Take nothing more, let what runs finish by the deadline. Asked again, hurry."""
        first = not self.draining
        if first:
            self.board.drain(self.settings.executor.drain_seconds)
        else:
            self.board.hurry()
        state.should_stop = self.exit_code  # type: ignore[assignment]
        # Last, for this runs in a signal handler as well, where writing may fail.
        logger.info("Draining" if first else "Hurrying", extra={"action": "drain"})

    def restart(self) -> None:
        """End so that whoever supervises this process starts a new one."""
        self.exit_code = EXIT_STUCK
        self.drain()
