"""The executor's entry point.

exit 0      drained after SIGTERM
exit 75     queues had work and none was taken: start it again
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from executors import processes
from executors.board import Board
from executors.executor import Executor
from executors.health import HealthTeller
from executors.offers import offered_handlers
from executors.pool import drain_on_signals, make_worker
from executors.presence import Presence
from executors.sandbox import NoSandbox, Sandbox
from executors.sandboxes.trial import find_sandbox
from executors.spool import Spool
from executors.sweeper import start_sweeper
from executors.upkeep import Upkeep
from executors.workspace import remove_tree
from ygg.errors import BadInput, YggError
from ygg.labels import MACHINE
from ygg.log import set_up
from ygg.settings import Settings, load

logger = logging.getLogger(__name__)

LOCK_SECONDS = 5.0


def main() -> int:
    try:
        return run(load())
    except YggError as error:
        sys.stderr.write(f"executor: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  {error.hint}\n")
        return error.exit_code


def run(settings: Settings) -> int:
    set_up(settings.log_level)
    executor = Executor(
        settings=settings,
        handlers=offered_handlers(
            settings.executor.handlers, settings.handler_tables, settings.executor.all_tags
        ),
        board=Board(settings.executor.concurrency),
        boot=secrets.token_hex(4),
    )
    _check_name(settings.executor.name)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _only_one(settings.run_dir):
        remove_tree(executor.work_dir)
        executor.sandbox = _sandbox(settings)
        health = HealthTeller(executor)
        health.listen()
        spool = Spool(settings.spool_dir, executor.boot)
        spool.recover()
        processes.become_subreaper()
        sweeper = start_sweeper(executor.boot)
        drain_on_signals(executor)
        logger.info("Starting", extra={"action": "start", "executor": executor.name})
        presence = Presence(executor, spool, Upkeep(executor, sweeper), health)
        worker = make_worker(executor, sweeper, after_pool=presence.start)
        worker.start()
        presence.depart()
    return executor.exit_code or worker.exitcode or 0


def _sandbox(settings: Settings) -> Sandbox | NoSandbox | None:
    found = find_sandbox(
        settings.sandbox,
        settings.data_dir,
        settings.data_dir / "sandbox" / settings.executor.name,
        settings.secret_files,
    )
    if isinstance(found, NoSandbox):
        logger.warning(
            "Untrusted code is refused: %s; %s",
            found.reason,
            found.hint,
            extra={"action": "sandbox"},
        )
    return found


def _check_name(name: str) -> None:
    if not MACHINE.fullmatch(name):
        raise BadInput(
            f"{name!r} is not an executor name",
            field="executor.name",
            hint="use lower-case letters, digits and dashes",
        )


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two processes of one name would strike off each other's outcomes."""
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + LOCK_SECONDS
    with (folder / "lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BadInput(
                        f"another executor of this name runs here: {folder} is locked",
                        field="executor.name",
                        hint="stop it, or set executor.name",
                    ) from None
            time.sleep(0.1)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
