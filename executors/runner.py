"""A task's own process: forked for one attempt, it runs the handler and reports on a pipe.

One line of JSON at a time goes to the supervisor: `{"log": …}`, `{"progress": [fraction, …]}` and
at the end `{"outcome": …}` or `{"stopped": true}`. Standard output and error are pipes of the
supervisor as well.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import Never

from redis.exceptions import RedisError

from executors.context import Attempt, RunnerContext
from executors.handler import Stopped
from executors.inputs import Inputs
from executors.outcome import bounded, failed, run_handler
from executors.processes import become_subreaper, die_with_parent, forget_keys
from executors.sandbox import NICE, NoSandbox
from ygg.blobs import attempt_name
from ygg.errors import BadInput, NotFound
from ygg.task import Ending, Outcome


def be_runner(attempt: Attempt, stdout: int, stderr: int, control: int) -> Never:
    """In the forked process; never comes back."""
    code = 70
    try:
        os.setsid()
        die_with_parent(attempt.supervisor)
        become_subreaper()
        forget_keys()
        context = RunnerContext(attempt, control)
        _reset_signals(context)
        _redirect(stdout, stderr)
        context.send({"outcome": _run(attempt, context).model_dump(mode="json")})
        code = 0
    except Stopped:
        context.send({"stopped": True})
        code = 0
    except BaseException:
        logging.getLogger(__name__).exception("The runner failed")
    finally:
        _flush()
        os._exit(code)


def _run(attempt: Attempt, context: RunnerContext) -> Outcome:
    if attempt.handler.offer.untrusted and isinstance(attempt.sandbox, NoSandbox):
        return failed(f"{context.label} is refused: {attempt.sandbox.reason}", attempt.sandbox.hint)
    if attempt.handler.offer.untrusted:
        os.nice(NICE)
    try:
        inputs = Inputs(attempt.settings, attempt_name(context.task_id, context.attempt))
        attempt.workspace.write_inputs(attempt.envelope.inputs, inputs)
        inputs.drop()
    except BadInput as error:
        return failed(error.message)
    except (NotFound, RedisError) as error:
        return Outcome(ending=Ending.RETURNED, cause="unavailable", reason=f"input: {error}")
    os.chdir(context.workspace)
    outcome = run_handler(attempt.handler, attempt.envelope.params, context)
    return bounded(
        outcome.model_copy(
            update={
                "artifacts": (*outcome.artifacts, *context.artifacts),
                "warnings": (*outcome.warnings, *context.warnings),
            }
        )
    )


def _reset_signals(context: RunnerContext) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)

    def stop(number: int, frame: FrameType | None) -> None:
        first = not context.cancelled
        context.cancelled = True
        if first:
            raise Stopped

    signal.signal(signal.SIGTERM, stop)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _redirect(stdout: int, stderr: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  for as long as the process lives
    sys.stdout = open(1, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [handler]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
