"""A repository elsewhere, as one task reaches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from executors.checkouts.repositories import RepositorySettings, permit
from executors.handler import Context, Ran
from ygg.adapters import git
from ygg.adapters.git_output import RemoteRefs, parse_remote_refs
from ygg.adapters.git_trouble import killed, own_trouble, trouble
from ygg.adapters.git_work import At, push

ANSWER_BYTES = 64 * 1024
LIST_BYTES = 16 * 1024 * 1024
"""Enough for a hundred thousand refs."""
LOG_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Remote:
    """Runs git outside of the sandbox, as trusted steps, and explains what goes wrong."""

    url: str
    access: git.Access
    scheme: str
    context: Context

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        keep_bytes: int = ANSWER_BYTES,
    ) -> str:
        """What git answers, or the error that its complaint stands for."""
        ran = self.attempt(argv, stdin=stdin, env=env, keep_bytes=keep_bytes)
        if ran.exit_code < 0:
            raise killed(self.url, -ran.exit_code)
        if ran.exit_code:
            self._log(ran.stderr)
            raise trouble(self.url, ran.stderr)
        return ran.stdout

    def _log(self, said: str) -> None:
        """By lines, without the frame that ssh draws around its warning of another host key."""
        for line in said.splitlines():
            if text := line.strip("@ "):
                self.context.log(text)

    def attempt(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        keep_bytes: int = ANSWER_BYTES,
    ) -> Ran:
        return self.context.run(
            argv,
            env=git.environment(self.access, self.scheme) | dict(env or {}),
            stdin=stdin,
            logged=False,
            keep_bytes=keep_bytes,
            confined=False,
        )

    def refs(self, *names: str) -> RemoteRefs:
        """Those of these names, or all."""
        argv = git.ask(self.url, names, self.access)
        return parse_remote_refs(self.run(argv, keep_bytes=LIST_BYTES))

    def fetch(self, mirror: Path, refs: Sequence[str]) -> None:
        self.run(git.fetch(mirror, self.url, refs, self.access))

    def push(self, at: At, refs: Sequence[str], *options: str) -> str:
        """How it went with each ref; an error if any was refused."""
        ran = self.attempt(push(at, self.url, refs, self.access, *options))
        if ran.exit_code:
            self._log(ran.stderr)
            raise own_trouble(self.url, ran.stdout + ran.stderr)
        return ran.stdout


def reach(url: str, context: Context, settings: RepositorySettings) -> Remote:
    address = permit(url, settings)
    return Remote(url, settings.access(), address.scheme, context)
