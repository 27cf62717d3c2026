"""Real git repositories, served by a real sshd that lets its key do nothing else."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

from tests.services import ServiceMissing
from tests.sshd import SshServer

AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}

SERVE = """#!/bin/bash
# What sshd runs instead of what it is asked to: git alone, noting who asked and what went out.
set -o pipefail
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >>{folder}/requests
cut() {{
    [ -e {folder}/stall ] || exec cat
    dd bs=1 status=none count="$(cat {folder}/stall)"  # passes on at once what it reads
    [ -n "$(head -c 1 | tr '\\0' x)" ] || exit 0
    touch {folder}/stalled
    exec sleep 300
}}
git-shell -c "$SSH_ORIGINAL_COMMAND" | cut | tee -a {folder}/sent
"""


class Repository:
    """A bare repository, and a working copy that commits are made in."""

    def __init__(self, folder: Path, name: str) -> None:
        self.bare = folder / f"{name}.git"
        self.work = folder / f"{name}.work"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git(folder, "clone", "--quiet", str(self.bare), str(self.work))
        git(self.work, "checkout", "--quiet", "-B", "main")

    def commit(self, files: dict[str, str | bytes], message: str = "Change", **env: str) -> str:
        """Write files, commit them on the branch that is checked out, and push it."""
        for name, content in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message, **env)
        self.push()
        return self.head()

    def push(self) -> None:
        self.git("push", "--quiet", "--force", "origin", "HEAD")

    def branch(self, name: str, start: str = "HEAD") -> None:
        self.git("checkout", "--quiet", "-B", name, start)

    def head(self, name: str = "HEAD") -> str:
        return self.git("rev-parse", name).strip()

    def git(self, *words: str, **env: str) -> str:
        return git(self.work, *words, **env)


class GitServer:
    """Repositories under `ssh://`, as an SSH server shows them."""

    def __init__(self, folder: Path, ssh: SshServer) -> None:
        find_git()
        self.ssh = ssh
        self.folder = folder
        serve = folder / "serve"
        serve.write_text(SERVE.format(folder=folder))
        serve.chmod(serve.stat().st_mode | stat.S_IXUSR)
        (folder / "sent").touch()
        (folder / "requests").touch()
        ssh.authorize(command=str(serve), options=["restrict"])

    def repository(self, name: str) -> Repository:
        return Repository(self.folder, name)

    def url(self, repository: Repository) -> str:
        return f"ssh://{self.ssh.user}@{self.ssh.host}:{self.ssh.port}{repository.bare}"

    @property
    def sent_bytes(self) -> int:
        """All that ever went out to clients."""
        return (self.folder / "sent").stat().st_size

    @property
    def requests(self) -> list[str]:
        return (self.folder / "requests").read_text().splitlines()

    @property
    def settings(self) -> dict[str, str]:
        """What `[handlers.repositories]` needs to get in."""
        return {
            "key_file": str(self.ssh.key_file),
            "known_hosts_file": str(self.ssh.known_hosts),
        }

    def stall_after(self, size_bytes: int) -> Path:
        """Let each answer hang after so much. Answers with the file that appears when one does."""
        (self.folder / "stall").write_text(str(size_bytes))
        return self.folder / "stalled"

    def flow(self) -> None:
        (self.folder / "stall").unlink()


def find_git() -> str:
    for program in ("git", "git-shell"):
        if shutil.which(program) is None:
            raise ServiceMissing(f"{program} is not installed: run sudo scripts/debian")
    return "git"


def git(folder: Path, *words: str, **env: str) -> str:
    ran = subprocess.run(
        ["git", *words],
        cwd=folder,
        env=os.environ | AUTHOR | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"git {' '.join(words)}: {ran.stderr}"
    return ran.stdout
