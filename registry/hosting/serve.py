"""The registry as a process of this machine: kept running, and told when to take nothing in.

`python -m registry.hosting.serve` runs it in the foreground, as a systemd unit does. While somebody
holds a lock in its home it is read-only: see `collecting`. That is looked at right before each
start, and told by the environment: the file of its configuration may be written by others.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry.home import Home, home_of
from registry.hosting.begin import secret_of
from registry.hosting.configuration import DistributionSettings, as_yaml, mirror, serving
from registry.hosting.disk import DiskWatch, watches
from registry.hosting.keeper import keeper, take
from registry.hosting.renewing import renew
from registry.hosting.starting import check
from registry.hosting.storage import cure, is_lost, lost, remember
from ygg import lock
from ygg.embedded.secret_files import write_private
from ygg.errors import Conflict, MissingExtra, YggError
from ygg.log import set_up
from ygg.settings import Settings, load
from ygg.supervisor import Part, Running, Supervisor

log = logging.getLogger(__name__)
PROGRAMS = ("docker-registry", "registry")
"""As Debian calls it, and as it calls itself."""
CONTAINER = "ygg-registry"
NAME, MIRROR = "registry", "mirror"


READONLY = "REGISTRY_STORAGE_MAINTENANCE_READONLY"


@dataclass
class Serving:
    settings: Settings
    home: Home
    program: str
    _takes_in: bool | None = None
    _secret: str = field(init=False)
    _disks: Sequence[DiskWatch] = ()

    def __post_init__(self) -> None:
        self._secret = secret_of(self.home)

    def run(self) -> None:
        home, first = self.home, (self.home.configuration, self.home.log)
        parts = [self._part(NAME, *first, at_start=self._at_start)]
        if proxy := mirror(self.settings.registry, home, self._secret):
            proxy.storage.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(home.mirror_configuration, proxy)
            parts.append(self._part(MIRROR, home.mirror_configuration, home.mirror_log))
        self._disks = watches(home, self.settings.registry)
        Supervisor(parts, on_tick=self._on_tick).run()

    def _part(
        self,
        name: str,
        configuration: Path,
        log: Path,
        at_start: Callable[[], Mapping[str, str]] = dict,
    ) -> Part:
        argv = (self.program, "serve", str(configuration))
        return Part(name, argv, {}, log, at_start=at_start)

    def _on_tick(self, running: Sequence[Running]) -> None:
        """It reads its configuration once, so it is ended, and started again with the new one."""
        for each in self._disks:
            each.look()
        if self._may_take_in() == self._takes_in:
            return
        for part in running:
            if part.part.name == NAME:
                part.restart()

    def _at_start(self) -> Mapping[str, str]:
        renew(self.settings.registry, self.home)
        if is_lost(self.home):
            log.error("%s; nothing is taken in; next: %s", lost(self.home), cure(self.home))
        self._takes_in = self._may_take_in()
        self._configure()
        return {READONLY: json.dumps({"enabled": not self._takes_in})}

    def _configure(self) -> None:
        ours = serving(self.settings.registry, self.home, self._secret)
        _write(self.home.configuration, ours if self._takes_in else ours.readonly)

    def _may_take_in(self) -> bool:
        return not (is_readonly(self.home) or is_lost(self.home))


def _write(file: Path, settings: DistributionSettings) -> None:
    """With a full disk the one of before must do: that ends nothing that runs."""
    try:
        write_private(file, as_yaml(settings))
    except OSError as error:
        log.warning("cannot write %s: %s", file, error.strerror)


def is_readonly(home: Home) -> bool:
    """Whoever asked for it must still be there: one that was killed leaves its file behind."""
    return lock.text_of_holder(home.readonly) is not None


def program() -> str:
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise MissingExtra(
            "CNCF distribution is not installed here",
            hint="on Debian and Ubuntu: apt install docker-registry; elsewhere run the image of it:"
            " ygg registry init --unit quadlet. What it does then is done inside:"
            f" podman exec {CONTAINER} ygg registry gc",
        )
    return found


def serve(settings: Settings) -> None:
    """Until it is told to stop."""
    home = home_of(settings)
    secret_of(home)
    held = take(home)
    if held is None:
        raise Conflict(
            f"a registry runs already: {keeper(home)}",
            hint="ygg registry status says how it is, ygg registry down stops it",
        )
    try:
        check(settings, home)
        _remember_storage(home)
        Serving(settings, home, program()).run()
    finally:
        held.release()


def _remember_storage(home: Home) -> None:
    try:
        remember(home)
    except OSError as error:
        log.warning("cannot mark %s to know it again: %s", home.storage, error.strerror)


def main() -> int:
    try:
        settings = load()
        set_up(settings.log_level)
        serve(settings)
    except YggError as error:
        hint = f"; {error.hint}" if error.hint else ""
        sys.stderr.write(f"registry: {error.message}{hint}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
