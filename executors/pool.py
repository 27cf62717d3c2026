"""Celery's worker as we use it: prefork, one task, and our own meaning of signals."""

from __future__ import annotations

import logging
import os
import signal
import warnings
from collections.abc import Callable
from types import FrameType

import billiard.pool
from billiard.process import current_process
from celery import bootsteps, signals
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning
from celery.worker.components import Pool

from executors import processes
from executors.executor import Executor
from executors.inline import install_alarm
from executors.prompt import PromptConsumer, PromptTaskPool
from executors.runtime import Runtime
from executors.sweeper import Sweeper
from ygg.broker import RUN, celery_app

logger = logging.getLogger(__name__)

WAKE_SECONDS = 0.2


class PoolWorker(Worker):
    """Has no banner. A first signal drains, a second one or SIGQUIT hurries; Celery's warm
    shutdown, which waits for the pool, does the rest."""

    executor: Executor

    def install_platform_tweaks(self, worker: object) -> None:
        """Celery's signal handlers; ours are in place already."""

    def on_consumer_ready(self, consumer: PromptConsumer) -> None:
        super().on_consumer_ready(consumer)
        self.executor.gate.put_before(consumer.task_consumer.channel)
        # The event loop sleeps through signals; it sees that it must stop when a timer wakes it.
        self.timer.call_repeatedly(  # type: ignore[union-attr]
            WAKE_SECONDS, consumer.tell_events
        )

    def stop(self, in_sighandler: bool = False, exitcode: int | None = None) -> None:
        if not self.executor.draining:  # a fatal error, or Celery's remote shutdown
            self.executor.drain()
        super().stop(in_sighandler, exitcode)


def drain_on_signals(executor: Executor) -> None:
    main = os.getpid()

    def drain(number: int, frame: FrameType | None) -> None:
        if os.getpid() != main:  # a child that has no handlers of its own yet
            return
        if number == signal.SIGQUIT and not executor.draining:
            executor.drain()
        executor.drain()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, drain)


def make_worker(executor: Executor, sweeper: Sweeper, after_pool: Callable[[], None]) -> PoolWorker:
    """A worker that is yet to start; `after_pool` is called when the children exist."""
    app = celery_app(executor.settings, executor.listens)
    app.conf.worker_redirect_stdouts = False
    # Root is what one is in a container; the warning is about pickle, and we accept JSON alone.
    warnings.simplefilter("ignore", SecurityWarning)
    for noisy in ("celery.worker.strategy", "celery.app.trace"):  # a line a message
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A child that leaves would wait half a minute for the pool to read its last results. Ours mean
    # nothing: an outcome has its own way.
    billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 5
    runtimes: list[Runtime] = []

    @app.task(name=RUN, ignore_result=True)
    def run(message: object) -> str:
        return runtimes[0].obey(message)  # goes with the event that Flower shows, and nowhere else

    def begin_child(**_: object) -> None:
        sweeper.forget()
        _set_up_child()
        slot = executor.board.slot(current_process().index)  # type: ignore[attr-defined]
        runtimes[:] = [Runtime(executor, slot)]

    class AfterPool(bootsteps.StartStopStep):
        requires = (Pool,)

        def start(self, worker: Worker) -> None:
            after_pool()

    app.steps["worker"].add(AfterPool)
    signals.setup_logging.connect(_nothing, weak=False)
    signals.worker_process_init.connect(begin_child, weak=False)
    signals.worker_process_shutdown.connect(_end_child, weak=False)
    PoolWorker.executor = executor
    return PoolWorker(
        app=app,
        hostname=executor.name,
        pool=PromptTaskPool,
        consumer_cls=PromptConsumer,
        concurrency=executor.settings.executor.concurrency,
        optimization="fair",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
        loglevel=executor.settings.log_level.upper(),
    )


def _set_up_child() -> None:
    # A signal to the whole group or cgroup is for the worker, which tells its children in time.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    install_alarm()
    processes.become_subreaper()


def _end_child(**_: object) -> None:
    # It has said that it ends, and lives for another second to be sent this.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _nothing(**_: object) -> None:
    pass
