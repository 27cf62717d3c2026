"""`ygg up` itself: plans the parts, and supervises them until it is told to stop."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ygg import log
from ygg.cli.output import note, say
from ygg.embedded import state
from ygg.embedded.health import find_trouble
from ygg.embedded.plan import Plan, Wish, make
from ygg.settings import Settings
from ygg.supervisor import Running, Supervisor
from ygg.target import flower_password_file

LEFTOVER_SECONDS = 15.0
LOOK_SECONDS = 0.5
COMPLAIN_SECONDS = 30.0

_log = logging.getLogger(__name__)


def run(settings: Settings, wish: Wish) -> None:
    lock = state.take_lock(settings.data_dir)
    if lock is None:
        say_running(settings)
        return
    log.set_up(settings.log_level)
    left = state.await_leftovers(settings.data_dir, seconds=LEFTOVER_SECONDS)
    if left:
        _log.warning("parts of a fleet that was killed are still here: %s", ", ".join(left))
    plan = make(settings, wish)
    for text in plan.notices:
        note(f"ygg: {text}")
    watch = _Watch(settings, plan)
    try:
        Supervisor(plan.parts, on_change=watch.keep, on_tick=watch.look).run()
    finally:
        state.remove(settings.data_dir)
        lock.release()


def say_running(settings: Settings) -> None:
    found = state.read(settings.data_dir)
    where = f" at {found.url}" if found else ""
    note(f"ygg: a fleet already runs here{where}; `ygg down` stops it")


def summary(data_dir: Path, found: state.State, user: str, *, end: str) -> str:
    lines = ["Yggdrasil is up.", f"  coordinator  {found.url}"]
    if found.flower_url:
        password = flower_password_file(data_dir)
        lines.append(f"  flower       {found.flower_url} (user {user}, password in {password})")
    lines += [
        f"  data         {data_dir}",
        f"  logs         {data_dir / 'logs'}",
        "",
        "Next:",
        """  ygg submit --label dev-run --param command='["uname","-a"]' --wait""",
        "  ygg labels · ygg list · ygg doctor",
        f"  {end}",
    ]
    return "\n".join(lines)


class _Watch:
    """Keeps the state file true, and says once that the fleet works or what keeps it from it."""

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self._data_dir = settings.data_dir.resolve()
        self._user = settings.flower.user
        self._state = state.State(
            pid=os.getpid(),
            url=plan.url,
            flower_url=plan.flower_url,
            redis_url=plan.redis_url,
            executor=settings.executor.name,
            began_at=time.time(),
            parts={},
            notices=plan.notices,
        )
        self._began = self._looked = time.monotonic()
        self._settled = self._complained = False

    def keep(self, running: Sequence[Running]) -> None:
        self._state = replace(self._state, parts=state.parts_of(running))
        state.write(self._data_dir, self._state)

    def look(self, running: Sequence[Running]) -> None:
        now = time.monotonic()
        if self._settled or now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        trouble = find_trouble(self._data_dir, self._state)
        if trouble is None:
            self._settled = True
            say(summary(self._data_dir, self._state, self._user, end="Ctrl-C stops it."))
        elif now - self._began > COMPLAIN_SECONDS and not self._complained:
            self._complained = True
            _log.warning("not up yet: %s: %s", trouble.part, trouble.detail)
