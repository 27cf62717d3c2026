"""One executor: what its parts share, made before the pool is forked."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from celery.worker import state

from executors.board import Board, Stage
from executors.handler import Handler
from ygg.settings import Settings

EXIT_STUCK = 75

log = logging.getLogger(__name__)


@dataclass
class Executor:
    settings: Settings
    handlers: dict[str, Handler]
    board: Board
    boot: str
    """New at every start: tells this process from an earlier one of the same name."""
    exit_code: int = 0

    @property
    def name(self) -> str:
        return self.settings.executor.name

    @property
    def work_dir(self) -> Path:
        """The workspaces of running attempts."""
        return self.settings.data_dir / "work" / self.name

    @property
    def draining(self) -> bool:
        return self.board.stage is not Stage.RUN

    def drain(self) -> None:
        """Take nothing more, let what runs finish by the deadline. Asked again, hurry."""
        if self.board.stage is Stage.RUN:
            self.board.drain(self.settings.executor.drain_seconds)
            log.info("Draining", extra={"action": "drain"})
        else:
            self.board.hurry()
            log.info("Hurrying", extra={"action": "drain"})
        state.should_stop = self.exit_code  # type: ignore[assignment]

    def restart(self) -> None:
        """End so that whoever supervises this process starts a new one."""
        self.exit_code = EXIT_STUCK
        self.drain()
