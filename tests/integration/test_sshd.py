"""The SSH server that other tests stand on does what its name says."""

from __future__ import annotations

import subprocess

from tests.services import wait_until
from tests.sshd import SshServer


def ssh(server: SshServer, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        client(server, *command), capture_output=True, text=True, timeout=20, check=False
    )


def client(server: SshServer, *command: str) -> list[str]:
    options = {
        "UserKnownHostsFile": str(server.known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
    }
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    where = ["-p", str(server.port), f"{server.user}@{server.host}"]
    return ["ssh", "-F", "/dev/null", "-i", str(server.key_file), *words, *where, *command]


def test_its_user_logs_in_by_key(ssh_server: SshServer) -> None:
    ran = ssh(ssh_server, "whoami")
    assert (ran.returncode, ran.stdout.strip()) == (0, ssh_server.user), ran.stderr


def test_a_forced_command_is_all_that_the_key_may_do(ssh_server: SshServer) -> None:
    ssh_server.authorize(command="echo only $SSH_ORIGINAL_COMMAND", options=["restrict"])
    assert ssh(ssh_server, "whoami").stdout == "only whoami\n"


def test_another_key_is_refused(ssh_server: SshServer) -> None:
    ssh_server.key_file.rename(ssh_server.folder / "kept")
    ssh_server.make_key(ssh_server.key_file)
    assert "Permission denied" in ssh(ssh_server, "true").stderr


def test_a_changed_host_key_is_refused(ssh_server: SshServer) -> None:
    ssh_server.change_host_key()
    ran = ssh(ssh_server, "true")
    assert ran.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in ran.stderr
    ssh_server.trust_host()
    assert ssh(ssh_server, "true").returncode == 0


def test_connections_can_be_cut(ssh_server: SshServer) -> None:
    command = client(ssh_server, "echo ready; exec sleep 60")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout
        assert held.stdout.readline() == "ready\n"
        assert ssh_server.drop_connections() > 0
        wait_until(lambda: held.poll() is not None, "the client to notice")
    assert ssh(ssh_server, "true").returncode == 0
