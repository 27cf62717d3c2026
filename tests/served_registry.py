"""A registry as `ygg registry` makes and runs it, on a free port of loopback."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from registry.home import home_of
from registry.hosting.begin import begin
from registry.hosting.pairs import Step
from tests.services import ServiceMissing, free_port, wait_until
from ygg.registry_settings import RegistrySettings
from ygg.settings import Settings


class Served:
    def __init__(self, folder: Path, host: str = "localhost", **more: object) -> None:
        if not shutil.which("docker-registry"):
            raise ServiceMissing("docker-registry is not installed: run sudo scripts/debian")
        self.address = f"{host}:{free_port()}"
        self.settings = Settings(
            data_dir=folder, registry=RegistrySettings(address=self.address, **more)
        )
        self.home = home_of(self.settings)
        self.environment = {
            **os.environ,
            "YGG_DATA_DIR": str(folder),
            "YGG_REGISTRY__ADDRESS": self.address,
            **{f"YGG_REGISTRY__{name.upper()}": str(value) for name, value in more.items()},
        }

    def begin(self, **more: object) -> list[tuple[str, str]]:
        steps: list[Step] = list(begin(self.settings.registry, self.home, **more))  # type: ignore[arg-type]
        return [(step.what, step.came) for step in steps]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "registry.hosting.serve"],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, method: str, path: str, user: str = "ygg") -> int:
        """The status; 0 where nobody answers."""
        with warnings.catch_warnings():
            # Python 3.11 does not close a socket whose other side hung up before the handshake, as
            # a registry does that is ending.
            warnings.filterwarnings("ignore", "unclosed <ssl.SSLSocket", ResourceWarning)
            try:
                return self._asked(method, path, user)
            except httpx.TransportError:
                return 0

    def _asked(self, method: str, path: str, user: str) -> int:
        return httpx.request(
            method,
            f"https://{self.address}{path}",
            auth=(user, self.home.password.read_text().strip()),
            verify=ssl.create_default_context(cafile=self.home.authority),
        ).status_code

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        process = self.start()
        try:
            wait_until(lambda: self.ask("GET", "/v2/") == 200, "the registry to answer")
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=20)


@contextmanager
def served_registry(folder: Path, host: str = "localhost") -> Iterator[Served]:
    found = Served(folder, host)
    found.begin()
    with found.running():
        yield found


def child_of(pid: int) -> int:
    """The one process that it runs."""
    (only,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(only)
