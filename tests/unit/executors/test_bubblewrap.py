from __future__ import annotations

import sys
from pathlib import Path

import pytest

from executors.sandbox import User, sandbox_user
from executors.sandboxes.bubblewrap import Shown, binds, drop_root, walls
from executors.sandboxes.toolchains import shown
from ygg.errors import BadInput
from ygg.machine_settings import SandboxSettings


def test_the_walls_of_an_ordinary_user() -> None:
    assert walls(None, network=False) == [
        *("--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--unshare-net"),
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
    work = Shown("/opt/ygg/tasks/1/files", "/opt/ygg/tasks/1/files", writable=True)
    assert binds([Shown("/opt", "/opt"), work], Path("/opt/ygg")) == [
        *("--ro-bind", "/opt", "/opt"),
        *("--size", "4096", "--tmpfs", "/opt/ygg"),
        *("--dir", "/opt", "--dir", "/opt/ygg", "--dir", "/opt/ygg/tasks"),
        *("--dir", "/opt/ygg/tasks/1", "--bind", work.source, work.at),
        *("--remount-ro", "/opt/ygg"),
    ]


def test_root_is_never_whom_it_runs_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for name in ("root", "nobody-of-that-name"):
        with pytest.raises(BadInput, match="other than root"):
            sandbox_user(SandboxSettings(user=name))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert sandbox_user(SandboxSettings()) is None


def test_a_toolchain_is_shown_whole_and_anything_else_with_programs_is_not(tmp_path: Path) -> None:
    for file in (
        *("node/bin/node", "node/lib/node_modules/npm", "venv/bin/python3", "venv/pyvenv.cfg"),
        *("site/bin/deploy", "site/.env", ".fly/bin/fly", ".fly/token", "pyenv/shims/python3"),
        *("pyenv/versions/3.12/bin/python3", ".cargo/bin/cargo", ".cargo/credentials.toml"),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / ".rustup").mkdir()
    path = [f"{tmp_path}/{one}" for one in ("node/bin", "venv/bin", "site/bin", ".fly/bin")]
    path += [f"{tmp_path}/{one}" for one in ("pyenv/shims", ".cargo/bin")]
    found = shown({"HOME": str(tmp_path), "PATH": ":".join([*path, "/usr/bin", "relative"])})
    own = [one for one in (sys.prefix, sys.base_prefix) if not one.startswith("/usr")]
    assert found == [
        *(f"{tmp_path}/{one}" for one in ("node", "venv", "site/bin", ".fly/bin", "pyenv")),
        *(f"{tmp_path}/.cargo/bin", *own, f"{tmp_path}/.rustup"),
    ]


def test_neither_the_root_nor_a_home_is_a_toolchain(tmp_path: Path) -> None:
    for file in ("bin/python3", "lib/python3.12/os.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    found = shown({"HOME": str(tmp_path), "PATH": f"/bin:/sbin:{tmp_path}/bin"})
    assert "/" not in found
    assert str(tmp_path) not in found
