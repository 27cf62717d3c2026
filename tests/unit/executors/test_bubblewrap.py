from __future__ import annotations

import sys
from pathlib import Path

import pytest

from executors.sandbox import User, sandbox_user
from executors.sandboxes.bubblewrap import Shown, binds, drop_root, walls
from executors.sandboxes.toolchains import shown
from ygg.errors import BadInput
from ygg.settings import SandboxSettings


def test_the_walls_of_an_ordinary_user() -> None:
    assert walls(None, network=False) == [
        *("--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--hostname", "sandbox", "--unshare-cgroup-try", "--unshare-net"),
        *("--unshare-user", "--disable-userns", "--proc", "/proc", "--dev", "/dev"),
    ]


def test_root_keeps_what_it_takes_to_become_somebody_else() -> None:
    found = walls(User(65534, 65534), network=True)
    assert "--unshare-net" not in found
    assert found[found.index("--cap-drop") + 1] == "ALL"
    assert found.count("--cap-add") == 3
    assert drop_root(User(7, 8)) == [
        *("setpriv", "--reuid=7", "--regid=8", "--clear-groups", "--inh-caps=-all"),
        *("--bounding-set=-all", "--no-new-privs", "--"),
        *("unshare", "--user", "--map-current-user", "--"),
    ]


def test_the_executors_own_folder_is_hidden_where_it_would_be_seen() -> None:
    work = Shown("/opt/ygg/work/1/files", "/opt/ygg/work/1/files", writable=True)
    assert binds([Shown("/opt", "/opt"), work], Path("/opt/ygg")) == [
        *("--ro-bind", "/opt", "/opt"),
        *("--size", "4096", "--tmpfs", "/opt/ygg"),
        *("--dir", "/opt", "--dir", "/opt/ygg", "--dir", "/opt/ygg/work"),
        *("--dir", "/opt/ygg/work/1", "--bind", work.source, work.at),
    ]


def test_root_is_never_whom_it_runs_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for name in ("root", "nobody-of-that-name"):
        with pytest.raises(BadInput, match="other than root"):
            sandbox_user(SandboxSettings(user=name))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert sandbox_user(SandboxSettings()) is None


def test_toolchains_in_a_home_are_shown_and_credentials_are_not(tmp_path: Path) -> None:
    home = tmp_path
    (home / ".rustup").mkdir()
    path = [f"{home}/{one}" for one in (".cargo/bin", ".pyenv/shims", ".local/bin", "bin")]
    found = shown({"HOME": str(home), "PATH": ":".join([*path, "/usr/bin", "relative"])})
    own = [one for one in (sys.prefix, sys.base_prefix) if not one.startswith("/usr")]
    pyenv = f"{home}/.pyenv"  # its shims lie in it
    assert found == [path[0], pyenv, *path[2:], *own, f"{home}/.rustup"]
