"""The registry as a process of this machine: kept running, and told when to take nothing in.

`python -m registry.hosting.serve` runs it in the foreground, as a systemd unit does. While a file
lies in its home that says so, it is read-only: see `collecting`.
"""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry.home import Home, home_of
from registry.hosting.begin import renewed_certificate, secret_of
from registry.hosting.configuration import as_yaml, mirror, serving
from registry.hosting.disk import DiskWatch
from registry.hosting.keeper import keeper, take
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


@dataclass
class Serving:
    settings: Settings
    home: Home
    program: str
    _is_readonly: bool | None = None
    _disk: DiskWatch = field(init=False)

    def __post_init__(self) -> None:
        self._disk = DiskWatch(self.home.storage, self.settings.registry)

    def run(self) -> None:
        self._configure()
        home, parts = self.home, [self._part(NAME, self.home.configuration, self.home.log)]
        if told := mirror(self.settings.registry, home, secret_of(home)):
            told.storage.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(home.mirror_configuration, as_yaml(told))
            parts.append(self._part(MIRROR, home.mirror_configuration, home.mirror_log))
        Supervisor(parts, on_tick=self._on_tick).run()

    def _part(self, name: str, configuration: Path, log: Path) -> Part:
        return Part(name, (self.program, "serve", str(configuration)), {}, log)

    def _on_tick(self, running: Sequence[Running]) -> None:
        """It reads its configuration once, so it is ended, and started again with the new one."""
        self._disk.look()
        if is_readonly(self.home) == self._is_readonly:
            return
        self._configure()
        for each in running:
            if each.process is not None and each.part.name == NAME:
                each.process.terminate()

    def _configure(self) -> None:
        if renewed_certificate(self.settings.registry, self.home):
            log.info("renewed the certificate", extra={"action": "renew"})
        self._is_readonly = is_readonly(self.home)
        told = serving(self.settings.registry, self.home, secret_of(self.home))
        told = told.readonly if self._is_readonly else told
        write_private(self.home.configuration, as_yaml(told))


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
        raise Conflict(f"a registry runs already: {keeper(home)}")
    try:
        Serving(settings, home, program()).run()
    finally:
        held.release()


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
