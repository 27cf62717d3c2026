"""A real host for tests: Debian with systemd and sshd, booted by systemd-nspawn.

    with own_network(), LabHost(folder, "huginn") as huginn:
        huginn.run("systemctl", "is-system-running")

It has an address on the network that it was started in, and no way out of there.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil

from tests.lab.network import BRIDGE, NETWORK, OWN_ADDRESS
from tests.services import ServiceMissing, wait_until

ROOT = Path(__file__).parents[2]
TOOLS = ("systemd-nspawn", "mmdebstrap", "ip", "ssh", "ssh-keygen")
BOOT_SECONDS = 60
_PORT = 22
# A host that restarts itself makes nspawn exit with 133, for a service manager to start it again.
_AGAIN = 'while "$@"; [ $? -eq 133 ]; do :; done'
# Else all hosts of the machine would count units of one name, and what runs in them, as their own.
_APART = 'for one in $0; do mkdir -p "$one" && echo $$ >"$one/cgroup.procs" || exit; done; '
_CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
"""Where the kernel may have those that systemd works with."""
_numbers = itertools.count(11)


class LabHost:
    """Root logs in with `key_file`; its host key stands in `known_hosts`."""

    def __init__(self, folder: Path, name: str, *, packages: tuple[str, ...] = ()) -> None:
        check_lab()
        self.name = name
        self.address = f"{NETWORK}.{next(_numbers)}"
        self.folder = folder / name
        self.root = self.folder / "root"
        self.key_file = self.folder / "key"
        self.known_hosts = self.folder / "known_hosts"
        self.console = self.folder / "console.log"
        self._packages = packages
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LabHost:
        self.create()
        try:
            self.boot()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if error is not None and self.console.exists():
            error.add_note(self.console.read_text(errors="replace")[-3000:])
        self.remove()

    def create(self) -> None:
        self.root.mkdir(parents=True)
        subprocess.run(["tar", "-xf", lab_root(self._packages), "-C", self.root], check=True)
        make_key(self.key_file)
        host_key = self.root / "etc/ssh/ssh_host_ed25519_key"
        make_key(host_key)
        self.known_hosts.write_text(f"{self.address} {public_key(host_key)}\n")
        self.write("etc/hostname", f"{self.name}\n")
        # Nobody here answers a question about names.
        self.write("etc/hosts", f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        self.write("root/.ssh/authorized_keys", f"{public_key(self.key_file)}\n")
        self.write(
            "etc/systemd/network/10-lab.network",
            f"[Match]\nName=host0\n[Network]\nAddress={self.address}/24\nGateway={OWN_ADDRESS}\n"
            "LinkLocalAddressing=no\nIPv6AcceptRA=no\n",
        )

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """A file of root's, below the host's own root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def boot(self) -> None:
        """Returns once root can log in and all of systemd's units have started."""
        with self.console.open("ab") as console:
            self._process = subprocess.Popen(
                self._command(),
                env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        wait_until(self._is_up_or_dead, f"{self.name} to boot", BOOT_SECONDS, 0.1)
        assert self.is_running, f"{self.name} ended while it booted"
        # It exits with 1 where a unit has failed, which is told by what it prints.
        state = self.run("systemctl", "is-system-running", "--wait", check=False).stdout.strip()
        assert state in ("running", "degraded"), f"{self.name} is {state}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            try:
                probe.connect((self.address, _PORT))
                return probe.recv(4) == b"SSH-"
            except OSError:
                return False

    def run(
        self, *argv: str, stdin: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """As root, over SSH; the words are the remote shell's."""
        options = ["-i", str(self.key_file), "-o", f"UserKnownHostsFile={self.known_hosts}"]
        login = [*options, "-o", "BatchMode=yes", f"root@{self.address}"]
        ended = self.ssh(login, argv, stdin=stdin)
        assert not check or ended.returncode == 0, f"{self.name}: {argv}: {ended.stderr}"
        return ended

    def ssh(
        self, login: Sequence[str], argv: Sequence[str], *, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["ssh", "-F", "none", "-o", "ConnectTimeout=10", *login, *argv],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=BOOT_SECONDS,
            check=False,
        )

    def boot_id(self) -> str:
        return self.run("cat", "/proc/sys/kernel/random/boot_id").stdout.strip()

    def remove(self) -> None:
        """Pull the plug, and throw it away."""
        if self._process is not None and self.is_running:
            # The host's own first process outlives nspawn, and all others end with it.
            below = psutil.Process(self._process.pid).children(recursive=True)
            for one in (self._process, *below):
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            psutil.wait_procs(below, timeout=15)
        if self._process is not None:
            self._process.wait(15)
        for tree in self._cgroups():
            for one in sorted((tree, *tree.rglob("*/")), reverse=True):
                with suppress(OSError):  # not made, or a process of it is not quite gone
                    one.rmdir()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _cgroups(self) -> list[Path]:
        trees = [Path(one) for one in _CGROUPS if Path(one, "cgroup.procs").exists()]
        return [tree / f"ygg-lab-{os.getpid()}-{self.name}" for tree in trees]

    def _is_up_or_dead(self) -> bool:
        return not self.is_running or self.answers()

    def _command(self) -> list[str]:
        return [
            *(
                "sh",
                "-c",
                _APART + _AGAIN,
                " ".join(map(str, self._cgroups())),
                "systemd-nspawn",
                "--quiet",
                "--register=no",
                "--keep-unit",
            ),
            *("-D", str(self.root), "-M", self.name, f"--network-bridge={BRIDGE}"),
            *("--capability=all", "--system-call-filter=add_key keyctl bpf"),
            *("--boot", "--console=pipe", "--resolv-conf=off"),
        ]


def check_lab() -> None:
    """ServiceMissing where hosts cannot be booted."""
    if os.geteuid() != 0:
        raise ServiceMissing("the lab needs root: run its tests with sudo")
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise ServiceMissing(f"{', '.join(missing)} not installed: run sudo scripts/debian")


def lab_root(packages: tuple[str, ...] = ()) -> str:
    """The root file system's tar file: made once, kept in the user's cache."""
    words = [str(ROOT / "scripts" / "lab-root"), *([",".join(packages)] if packages else [])]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    if ended.returncode != 0:
        raise ServiceMissing(f"scripts/lab-root: {ended.stderr.strip()[-500:]}")
    return ended.stdout.strip()


def make_key(file: Path) -> None:
    quiet = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(file)]
    subprocess.run(quiet, check=True, stdin=subprocess.DEVNULL)


def public_key(file: Path) -> str:
    return " ".join(file.with_name(file.name + ".pub").read_text().split()[:2])
