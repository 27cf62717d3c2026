"""A real OpenSSH server on loopback: its own host key, one user who logs in with a key."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from tests.services import ServerProcess, ServiceMissing

PENALTIES_SINCE = (9, 8)
"""The OpenSSH that began to shut out addresses whose connections fail; ours are all one address."""


class SshServer(ServerProcess):
    """Whoever runs the tests logs in as themselves, with `key_file`, and finds it in `known_hosts`.

    Once it runs, `authorize` says what the key may do.
    """

    name = "sshd"
    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self._binary, self._keygen = find_sshd(), _find("ssh-keygen")
        super().__init__(folder)
        self.user = getpass.getuser()
        self.key_file = folder / "user_key"
        self.known_hosts = folder / "known_hosts"
        self.authorized_keys = folder / "authorized_keys"
        self._home = folder / "home"
        self._home.mkdir()
        self._host_key_file = folder / "host_key"
        self.make_key(self.key_file)
        self.make_key(self._host_key_file)
        self.trust_host()
        self.authorize()

    @property
    def public_key(self) -> str:
        """The user's, as a line of `authorized_keys`."""
        return _public(self.key_file)

    @property
    def host_key(self) -> str:
        """The server's public key: `ssh-ed25519 AAAA…`."""
        return _public(self._host_key_file)

    def authorize(self, *, command: str = "", options: Sequence[str] = ()) -> None:
        """Let the user's key in: to run anything, or one forced command only."""
        forced = [f'command="{command}"'] if command else []
        words = ",".join([*forced, *options])
        self.authorized_keys.write_text(f"{words} {self.public_key}\n".lstrip())

    def trust_host(self) -> None:
        """Write the host key into `known_hosts`, as somebody who has checked it would."""
        names = f"[{self.host}]:{self.port},[localhost]:{self.port}"
        self.known_hosts.write_text(f"{names} {self.host_key}\n")

    def change_host_key(self) -> None:
        """Come back as another machine would; `known_hosts` stays."""
        self.kill()
        self._host_key_file.unlink()
        self.make_key(self._host_key_file)
        self.start()

    def make_key(self, file: Path) -> Path:
        """A new key pair without a passphrase."""
        quiet = [self._keygen, "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(file)]
        subprocess.run(quiet, check=True, stdin=subprocess.DEVNULL)
        return file

    def drop_connections(self) -> int:
        """Cut whoever is connected, as a broken network would; answers how many processes."""
        cut = psutil.Process(self.pid).children(recursive=True)
        for process in cut:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return len(cut)

    def start(self) -> None:
        if os.geteuid() == 0:
            # Where the server drops its rights, and it will not start without. A service's start
            # would make it, but the tests have none.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        (self.folder / "sshd_config").write_text("".join(f"{line}\n" for line in self._config()))
        super().start()

    def kill(self) -> None:
        if self.is_running:
            self.drop_connections()
        super().kill()

    def command(self) -> list[str]:
        return [self._binary, "-D", "-e", "-f", str(self.folder / "sshd_config")]

    def is_ready(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            try:
                probe.connect((self.host, self.port))
                return probe.recv(4) == b"SSH-"
            except OSError:
                return False

    def _config(self) -> list[str]:
        lines = [
            f"ListenAddress {self.host}:{self.port}",
            f"HostKey {self._host_key_file}",
            f"AuthorizedKeysFile {self.authorized_keys}",
            "PidFile none",
            "UsePAM no",
            "StrictModes no",  # its files lie below /tmp, which everybody may write
            "AuthenticationMethods publickey",
            "PermitRootLogin prohibit-password",
            "UseDNS no",
            "PrintMotd no",
            "PrintLastLog no",
            "MaxStartups 100",
            "AcceptEnv GIT_PROTOCOL",
            # What a person's own shell does at each login is none of the tests' business, and may
            # take longer than all the rest; so does this way of agreeing on a key.
            f"SetEnv HOME={self._home}",
            "KexAlgorithms -sntrup761*",
            "Subsystem sftp internal-sftp",
            "LogLevel VERBOSE",
        ]
        if _version(self._binary) >= PENALTIES_SINCE:
            lines.append("PerSourcePenalties no")
        return lines


def find_sshd() -> str:
    return _find("sshd")


def _find(name: str) -> str:
    """By its whole path: the server starts itself again for each connection."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise ServiceMissing(f"{name} is not installed: run sudo scripts/debian")
    return found


def _public(file: Path) -> str:
    """Key type and key, without the comment."""
    return " ".join(file.with_name(file.name + ".pub").read_text().split()[:2])


def _version(binary: str) -> tuple[int, int]:
    # Older ones know no -V, and say their version as they refuse it.
    said = subprocess.run([binary, "-V"], capture_output=True, text=True, check=False)
    found = re.search(r"OpenSSH_(\d+)\.(\d+)", said.stderr + said.stdout)
    assert found, f"{binary} says no version: {said.stderr}"
    return int(found[1]), int(found[2])
