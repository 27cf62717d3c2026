"""The SSH adapter against a real server: what works, and how each failure reads."""

from __future__ import annotations

import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services import free_port
from tests.sshd import SshServer
from ygg.adapters.ssh import Connection, command_line, connected
from ygg.adapters.ssh_errors import ConnectionLost, HostKeyChanged, HostKeyUnknown
from ygg.adapters.ssh_login import Address, pin
from ygg.errors import BadInput, Denied, Unreachable, YggError

words = st.lists(st.text(st.characters(exclude_characters="\x00", codec="utf-8")), max_size=5)


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without keys and configuration, and no agent."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return home


def address_of(server: SshServer) -> Address:
    return Address(
        server.host,
        port=server.port,
        user=server.user,
        key_file=server.key_file,
        known_hosts_file=server.known_hosts,
        timeout_seconds=5,
    )


@contextmanager
def fails(address: Address, kind: type[YggError], *words: str) -> Iterator[None]:
    with pytest.raises(kind) as caught, connected(address):
        pass
    said = f"{caught.value.message} {caught.value.hint}"
    assert all(word in said for word in words), said
    yield


@pytest.fixture
def connection(ssh_server: SshServer) -> Iterator[Connection]:
    with connected(address_of(ssh_server)) as found:
        yield found


def test_a_command_says_how_it_ended(connection: Connection) -> None:
    ended = connection.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (ended.exit_code, ended.stdout, ended.stderr) == (3, "out\n", "err\n")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None
)
@given(words=words)
def test_the_other_side_reads_the_same_words(connection: Connection, words: list[str]) -> None:
    ended = connection.run(["printf", r"%s\0", "first", *words])
    assert ended.stdout == "".join(f"{word}\ufffd" for word in ["first", *words])


@given(words=words)
def test_a_command_line_is_read_as_it_was_meant(words: list[str]) -> None:
    assert shlex.split(command_line(words)) == words


def test_no_command_line_has_a_nul() -> None:
    with pytest.raises(BadInput):
        command_line(["echo", "a\0b"])


def test_only_the_end_of_a_long_output_is_kept(connection: Connection) -> None:
    ended = connection.run(["sh", "-c", "yes | head -c 3000000; echo end"], keep_bytes=100)
    assert len(ended.stdout) == 100
    assert ended.stdout.endswith("end\n")


def test_lines_come_while_the_command_runs(connection: Connection, tmp_path: Path) -> None:
    go_on = tmp_path / "go"
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        go_on.touch()

    script = f"echo one; while [ ! -e {go_on} ]; do :; done; echo two >&2; printf three"
    connection.run(["sh", "-c", script], on_line=on_line, timeout_seconds=20)
    assert sorted(lines) == ["one", "three", "two"]


def test_a_line_without_end_is_passed_on_in_parts(connection: Connection) -> None:
    lines: list[str] = []
    connection.run(["sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x"], on_line=lines.append)
    assert sum(map(len, lines)) == 100_000
    assert len(lines) > 2


def test_a_command_that_does_not_end_is_given_up(connection: Connection) -> None:
    with pytest.raises(Unreachable, match=r"tail on .* did not end within"):
        connection.run(["tail", "-f", "/dev/null"], timeout_seconds=0.2)


def test_what_stays_in_the_background_is_not_waited_for(connection: Connection) -> None:
    started = time.monotonic()
    connection.run(["sh", "-c", "sleep 20 >/dev/null 2>&1 & echo started"])
    assert time.monotonic() - started < 10


def test_a_cut_connection_is_told_from_a_failed_command(ssh_server: SshServer) -> None:
    with connected(address_of(ssh_server)) as connection:
        with pytest.raises(ConnectionLost):
            connection.run(
                ["sh", "-c", "echo here; exec tail -f /dev/null"],
                on_line=lambda _: ssh_server.drop_connections() and None,
            )
        with pytest.raises(ConnectionLost):
            connection.run(["true"])


def test_a_killed_command_counts_as_cut(connection: Connection) -> None:
    with pytest.raises(ConnectionLost):
        connection.run(["sh", "-c", "kill -TERM $$"])


def test_an_unknown_host_key_is_refused_with_the_way_to_add_it(ssh_server: SshServer) -> None:
    ssh_server.known_hosts.write_text("")
    with fails(
        address_of(ssh_server), HostKeyUnknown, "ssh-ed25519 SHA256:", "ssh-keyscan -p", ">>"
    ):
        assert ssh_server.known_hosts.read_text() == ""


@pytest.mark.parametrize("known", ["", "other.example ssh-ed25519 AAAA", "# mine\n"])
def test_an_unknown_host_key_is_known_once_it_was_pinned(
    ssh_server: SshServer, at_home: Path, known: str
) -> None:
    file = at_home / ".ssh" / "known_hosts"
    if known:
        ssh_server.known_hosts.write_text(known)
        address = address_of(ssh_server)
    else:
        address = replace(address_of(ssh_server), known_hosts_file=None)
    with pytest.raises(HostKeyUnknown) as unknown, connected(address):
        pass
    assert unknown.value.key in unknown.value.message
    pin(unknown.value)
    with connected(address) as connection:
        assert connection.run(["true"]).exit_code == 0
    assert (file if not known else ssh_server.known_hosts).read_text().startswith(known)


def test_a_changed_host_key_is_refused(ssh_server: SshServer) -> None:
    ssh_server.change_host_key()
    with fails(address_of(ssh_server), HostKeyChanged, "has changed", "ssh-keygen -R"):
        pass


def test_a_known_hosts_file_must_be_there_and_whole(ssh_server: SshServer, tmp_path: Path) -> None:
    address = replace(address_of(ssh_server), known_hosts_file=tmp_path / "none")
    with fails(address, BadInput, "no known_hosts file", "ssh-keyscan"):
        pass
    ssh_server.known_hosts.write_text("localhost ssh-ed25519 notbase64!\n")
    with fails(address_of(ssh_server), BadInput, "no host key"):
        pass


def test_a_key_that_is_not_authorized(ssh_server: SshServer, tmp_path: Path) -> None:
    other = ssh_server.make_key(tmp_path / "other")
    with fails(replace(address_of(ssh_server), key_file=other), Denied, "let", str(other)):
        pass


def test_a_key_file_that_cannot_be_used(ssh_server: SshServer, tmp_path: Path) -> None:
    address = address_of(ssh_server)
    with fails(replace(address, key_file=tmp_path / "none"), BadInput, "no key file", "ssh-keygen"):
        pass
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("not a key\n")
    with fails(replace(address, key_file=nonsense), BadInput, "cannot be used"):
        pass
    locked = tmp_path / "locked"
    quiet = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", str(locked)]
    subprocess.run(quiet, check=True)
    with fails(replace(address, key_file=locked), BadInput, "needs a passphrase", "ssh-add"):
        pass


def test_without_any_key(ssh_server: SshServer) -> None:
    with fails(replace(address_of(ssh_server), key_file=None), Denied, "no key", "SSH_AUTH_SOCK"):
        pass


def test_a_key_of_the_agent(
    ssh_server: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_socket = str(tmp_path / "agent")
    with subprocess.Popen(
        ["ssh-agent", "-D", "-a", agent_socket], stdout=subprocess.DEVNULL
    ) as agent:
        try:
            monkeypatch.setenv("SSH_AUTH_SOCK", agent_socket)
            add = f"until ssh-add -q {ssh_server.key_file} 2>/dev/null; do :; done"
            subprocess.run(["sh", "-c", add], check=True, timeout=10)
            with connected(replace(address_of(ssh_server), key_file=None)) as connection:
                assert connection.run(["true"]).exit_code == 0
        finally:
            agent.terminate()


def test_nobody_there(ssh_server: SshServer) -> None:
    address = address_of(ssh_server)
    with fails(replace(address, port=free_port()), Unreachable, "refuses the connection"):
        pass
    with fails(
        replace(address, host="no-such-machine.invalid"), Unreachable, "no machine is named"
    ):
        pass
    with fails(replace(address, host="x" * 300), Unreachable, "no machine is named"):
        pass


def test_a_machine_that_says_nothing(ssh_server: SshServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = replace(address_of(ssh_server), port=silent.getsockname()[1], timeout_seconds=0.3)
        ssh_server.known_hosts.write_text(f"[127.0.0.1]:{address.port} {ssh_server.host_key}\n")
        with fails(address, Unreachable, "does not speak SSH"):
            pass


def test_a_forced_command_is_what_runs(ssh_server: SshServer) -> None:
    ssh_server.authorize(command="echo $SSH_ORIGINAL_COMMAND", options=["restrict"])
    with connected(address_of(ssh_server)) as connection:
        assert connection.run(["rm", "-rf", "a b"]).stdout == "rm -rf 'a b'\n"


def write_config(ssh_server: SshServer, file: Path, *more: str) -> Path:
    lines = [
        "Host huginn",
        f"HostName {ssh_server.host}",
        f"Port {ssh_server.port}",
        f"User {ssh_server.user}",
        f"IdentityFile {ssh_server.key_file}",
        f"UserKnownHostsFile {ssh_server.known_hosts}",
    ]
    file.write_text("\n".join([*lines, *more]) + "\n")
    return file


def test_the_users_ssh_config_is_heeded(ssh_server: SshServer, at_home: Path) -> None:
    write_config(ssh_server, at_home / ".ssh" / "config")
    with connected(Address("huginn")) as connection:
        assert connection.run(["true"]).exit_code == 0


def test_through_a_jump_host(ssh_server: SshServer, tmp_path: Path) -> None:
    file = write_config(ssh_server, tmp_path / "config", "Host fenrir", "ProxyJump huginn")
    with file.open("a") as more:
        more.write(f"HostName localhost\nPort {ssh_server.port}\nUser {ssh_server.user}\n")
        more.write(f"IdentityFile {ssh_server.key_file}\n")
        more.write(f"UserKnownHostsFile {ssh_server.known_hosts}\n")
    with connected(Address("fenrir", config_file=file)) as connection:
        # Who it is that connects, as the server sees it: the jump host, which is itself.
        seen = connection.run(["sh", "-c", "echo $SSH_CONNECTION"]).stdout.split()
        assert connection.run(["true"]).exit_code == 0
    assert seen[0] in ("127.0.0.1", "::1")
    log = ssh_server.log.read_text()
    assert log.count("Accepted publickey") == 2


def test_a_proxy_command_is_not_passed_over_in_silence(
    ssh_server: SshServer, tmp_path: Path
) -> None:
    file = write_config(ssh_server, tmp_path / "config", "ProxyCommand nc %h %p")
    with fails(Address("huginn", config_file=file), BadInput, "ProxyCommand", "ProxyJump"):
        pass
    with fails(Address("huginn", config_file=tmp_path / "none"), BadInput, "no ssh_config"):
        pass
