"""CNCF distribution as Debian packs it: a registry on a free loopback port, in its own folder."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import bcrypt

from registry.client.login import Credentials
from registry.home import Home
from registry.hosting.configuration import DistributionSettings, as_yaml
from tests.services import ServerProcess, ServiceMissing

_ROUNDS = 4
"""The fewest that bcrypt has: the registry looks at the password with every request."""


class RegistryServer(ServerProcess):
    name = "docker-registry"

    def __init__(
        self,
        folder: Path,
        *,
        tls: Home | None = None,
        credentials: Credentials | None = None,
        delete: bool = True,
        readonly: bool = False,
        storage: Path | None = None,
    ) -> None:
        """`tls`: whose certificate it shows. `credentials`: the only ones it takes."""
        self._program = find_registry()
        super().__init__(folder)
        self.storage = storage or folder / "storage"
        self._settings = DistributionSettings(
            listen=f"127.0.0.1:{self.port}",
            storage=self.storage,
            certificate=tls.certificate if tls else None,
            key=tls.certificate_key if tls else None,
            accounts=_accounts(folder, credentials),
            secret="of these tests",
            allow_delete=delete,
            is_readonly=readonly,
        )

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        configuration = self.folder / "config.yml"
        configuration.write_text(as_yaml(self._settings))
        return [self._program, "serve", str(configuration)]

    def is_ready(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def find_registry() -> str:
    found = shutil.which("docker-registry")
    if found is None:
        raise ServiceMissing("docker-registry is not installed: run sudo scripts/debian")
    return found


def _accounts(folder: Path, credentials: Credentials | None) -> Path | None:
    if credentials is None:
        return None
    password = credentials.password.get_secret_value().encode()
    hashed = bcrypt.hashpw(password, bcrypt.gensalt(_ROUNDS)).decode()
    file = folder / "htpasswd"
    file.write_text(f"{credentials.user}:{hashed}\n")
    return file
