"""What every sandbox must do, asked of each: bubblewrap and podman."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from executors.sandbox import FIXED, Confined, NoSandbox, Sandbox, prepared
from executors.sandboxes.trial import find_sandbox, run_confined
from tests import podman
from tests.conftest import unavailable
from tests.integration.executors.harness import WILD, MakeExecutor, install
from tests.services import ServiceMissing, wait_until
from ygg.errors import BadInput
from ygg.ids import new_id
from ygg.machine_settings import SandboxSettings
from ygg.task import Ending, Envelope, Limits


@pytest.fixture(scope="module")
def own_podman() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as opened:
        try:
            variables = opened.enter_context(podman.storage())
        except ServiceMissing as error:
            unavailable(error)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module", params=["bubblewrap", "podman"])
def sandbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    settings = SandboxSettings(use=request.param)
    if request.param == "podman":
        request.getfixturevalue("own_podman")
        settings = SandboxSettings(use="podman", image=podman.IMAGE)
    folder = tmp_path_factory.mktemp("sandbox")
    found = find_sandbox(settings, folder, folder / "own")
    assert found is not None
    assert not isinstance(found, NoSandbox), found
    return found


@pytest.fixture
def command(sandbox: Sandbox, tmp_path: Path) -> Confined:
    workspace, temporary = tmp_path / "files", tmp_path / "tmp"
    (temporary / "home").mkdir(parents=True)
    workspace.mkdir()
    return Confined([], workspace, workspace, temporary)


def run(
    sandbox: Sandbox, command: Confined, script: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    told = {**FIXED, **sandbox.variables(), **variables}
    script_of = replace(command, argv=["sh", "-c", script])
    done = run_confined(sandbox, script_of, told, 60, "said on stdin")
    assert "t0ken" not in " ".join(done.args)
    return done


def test_it_works_where_the_task_works(sandbox: Sandbox, command: Confined) -> None:
    (command.workspace / "in").write_text("from outside")
    done = run(sandbox, command, "cat in; cat > out; pwd; ls -d ~; exit 3")
    assert done.returncode == 3, done.stderr
    assert done.stdout == f"from outside{command.workspace}\n/tmp/home\n"
    assert (command.workspace / "out").read_text() == "said on stdin"


def test_its_variables_are_its_own_and_not_for_all_to_see(
    sandbox: Sandbox, command: Confined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_EXECUTOR", "1")
    done = run(sandbox, command, "env", TOKEN="t0ken 'n' \"more\" $HOME\nline")
    assert "TOKEN=t0ken 'n' \"more\" $HOME\nline" in done.stdout
    assert "SECRET_OF_THE_EXECUTOR" not in done.stdout
    assert not list(command.temporary.glob("begin-*"))


def test_variables_reach_none_of_the_sandboxs_own_programs(
    sandbox: Sandbox, command: Confined
) -> None:
    """They would be run by root, or outside."""
    (command.workspace / "trap.so").write_text("not a library: whoever loads it says so")
    for program in ("setpriv", "unshare", "env", "prlimit", "sh"):
        (command.workspace / program).write_text("#!/bin/sh\necho trapped $(id -u)\n")
        (command.workspace / program).chmod(0o755)
    library = str(command.workspace / "trap.so")
    done = run(sandbox, command, "echo fine", LD_PRELOAD=library, PATH=str(command.workspace))
    assert "trapped 0" not in done.stdout
    assert done.stderr.count("trap.so") <= 3  # `rm`, and the command itself
    done = run(sandbox, command, "id -u; echo fine", LD_PRELOAD=library)
    assert done.stdout.splitlines()[1:] == ["fine"]


def test_it_is_not_root_and_sees_no_other_process(sandbox: Sandbox, command: Confined) -> None:
    done = run(sandbox, command, "id -u; ls /proc | grep -c '^[0-9]'")
    uid, processes = map(int, done.stdout.split())
    assert uid != 0
    assert processes < 8


def test_it_reads_what_it_is_shown_and_no_more(
    sandbox: Sandbox, command: Confined, tmp_path: Path
) -> None:
    shown, hidden = tmp_path / "shown", tmp_path / "hidden"
    for one in (shown, hidden):
        one.mkdir()
        (one / "file").write_text(one.name)
    told = replace(command, readable=[shown])
    done = run(sandbox, told, f"cat {shown}/file {hidden}/file; echo x > {shown}/new")
    assert done.stdout == "shown"
    assert not (shown / "new").exists()


def test_it_has_no_network(sandbox: Sandbox, command: Confined) -> None:
    done = run(sandbox, command, "grep -c : /proc/net/dev")
    assert int(done.stdout) <= 1


def test_the_system_is_only_to_read(sandbox: Sandbox, command: Confined) -> None:
    done = run(sandbox, command, "touch /usr/x; touch /etc/x; touch /x; touch /tmp/x && echo tmp")
    assert done.stdout == "tmp\n", done.stderr
    assert (command.temporary / "x").exists()


@pytest.mark.usefixtures("own_podman")
def test_a_killed_command_leaves_no_container(make_executor: MakeExecutor, tmp_path: Path) -> None:
    install(tmp_path, "wild", WILD)
    executor = make_executor(
        PYTHONPATH=str(tmp_path),
        YGG_SANDBOX__USE="podman",
        YGG_SANDBOX__IMAGE=podman.IMAGE,
    )
    executor.start_and_wait()
    hanging = Envelope.model_validate(
        {
            "task_id": new_id(),
            "attempt": 1,
            "label": "dev-wild",
            "params": {"script": "echo here; sleep 500", "program": "sh"},
            "limits": Limits(soft_seconds=3, hard_seconds=4),
        }
    )
    executor.send(hanging)
    assert executor.outcome(hanging, 60).ending is Ending.TIMEOUT
    assert executor.text(hanging) == "here\n"
    wait_until(lambda: not _containers(), "the container to be removed", 20)


def _containers() -> bytes:
    listing = ["podman", "ps", "--all", "--quiet"]
    return subprocess.run(listing, capture_output=True, check=True).stdout


def test_a_sandbox_that_shows_a_secret_is_refused(tmp_path: Path) -> None:
    shown, secret = tmp_path / "shown", tmp_path / "shown" / "it's a token"
    shown.mkdir()
    secret.write_text("hunter2")
    settings = SandboxSettings(use="bubblewrap", readable=(shown,))
    found = find_sandbox(settings, tmp_path, tmp_path / "own", [secret])
    assert isinstance(found, NoSandbox)
    assert f"it can read {secret}" in found.reason
    secret.chmod(0o600)
    found = find_sandbox(settings, tmp_path, tmp_path / "own", [secret])
    assert isinstance(found, NoSandbox) == (os.geteuid() != 0)


def test_what_is_shown_must_be_there(tmp_path: Path) -> None:
    settings = SandboxSettings(use="bubblewrap", readable=(tmp_path / "none",))
    with pytest.raises(BadInput, match="is not there"):
        find_sandbox(settings, tmp_path, tmp_path / "own")


@pytest.mark.parametrize("name", ["UID", "PPID", "a b", "=", ""])
def test_a_variable_that_no_shell_sets_is_refused(command: Confined, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be set"), prepared(command, {name: "1"}):
        pass


def test_limits_are_set_inside(sandbox: Sandbox, command: Confined) -> None:
    limited = replace(command, file_bytes=1024 * 1024)
    done = run(sandbox, limited, "ulimit -n; ulimit -c; head -c 2000000 /dev/zero > big; echo $?")
    files, core, ended = done.stdout.split()
    assert (files, core) == ("4096", "0")
    assert ended != "0"
    assert (command.workspace / "big").stat().st_size <= 1024 * 1024


def test_where_none_works_it_says_what_was_tried(tmp_path: Path) -> None:
    missing = find_sandbox(SandboxSettings(use="podman", image=""), tmp_path, tmp_path / "own")
    assert isinstance(missing, NoSandbox)
    assert missing.reason.startswith("no sandbox works here: podman: ")
    assert "install bubblewrap" in missing.hint
    assert find_sandbox(SandboxSettings(use="off"), tmp_path, tmp_path) is None
    settings = SandboxSettings(use="podman", image="localhost/none:1")
    wrong = find_sandbox(settings, tmp_path, tmp_path / "own")
    assert isinstance(wrong, NoSandbox)


def test_a_sandbox_that_does_not_confine_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "bwrap"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nwhile [ "$1" != sh ]; do shift; done\ncd /tmp; exec "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("executors.sandboxes.bubblewrap._bundled", lambda: None)
    found = find_sandbox(SandboxSettings(use="bubblewrap"), tmp_path, tmp_path / "own")
    assert isinstance(found, NoSandbox)
    assert "bubblewrap: it " in found.reason
