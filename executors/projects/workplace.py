"""Somebody's project, laid out to work in, and commands run in it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from executors.archives.unpack import unpack
from executors.handler import TAIL_BYTES, Context, Failed, Ran
from executors.projects.offline import tool_variables
from executors.projects.params import Project
from executors.safe_files import write_file
from executors.sources import Checkout, RepositorySettings, check_out, folder_in

T = TypeVar("T", bound=str)


@dataclass(frozen=True)
class Workplace:
    """A project's files, laid out, and what its commands are run with."""

    context: Context
    checkout: Checkout
    folder: Path
    """Where to work."""
    network: bool
    env: Mapping[str, str]

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str = ".",
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        logged: bool = True,
        keep_bytes: int = TAIL_BYTES,
    ) -> Ran:
        return self.context.run(
            argv,
            cwd=self.folder / cwd,
            env={**self.checkout.env, **self.env, **(env or {})},
            stdin=stdin,
            logged=logged,
            keep_bytes=keep_bytes,
            network=self.network,
            readable=(*self.checkout.readable, *beside(argv[0])),
        )

    def program(self, name: str) -> str:
        found = self.program_if_there(name)
        if found is None:
            raise Failed(f"{name} is not installed on the executor's machine", how_to_get(name))
        return found

    def program_if_there(self, name: str) -> str | None:
        """A tool of the project, of this machine, or of this executor's own environment."""
        return program_in(self.folder, name)

    def keep(self, patterns: Sequence[str]) -> None:
        """Keep files of the project, by globs below its folder."""
        below = self.folder.relative_to(self.context.workspace)
        for pattern in patterns:
            self.context.artifact((below / pattern).as_posix())

    def keep_as(self, name: str, content: bytes) -> None:
        """Keep what was made here, beside the project's own files."""
        write_file(self.context.workspace, name, content)
        self.context.artifact(name)


def workplace(params: Project, context: Context, settings: RepositorySettings) -> Workplace:
    # What is in an archive could mislead git, so git comes first; and it may have the folder.
    checkout = check_out(params.model_copy(update={"path": "."}), context, settings)
    for name in params.unpack:
        members = unpack(context.workspace / name, context.workspace)
        context.log(f"unpacked {name}: {members} files and folders")
    return Workplace(
        context=context,
        checkout=checkout,
        folder=folder_in(checkout.root, params.path),
        network=params.network,
        env={**tool_variables(network=params.network), **params.env},
    )


def program_in(folder: Path, name: str) -> str | None:
    if (folder / "node_modules" / ".bin" / name).is_file():
        return f"./node_modules/.bin/{name}"
    if shutil.which(name):
        return name
    own = Path(sys.prefix, "bin", name)
    return str(own) if os.access(own, os.X_OK) else None


def likeliest(found: Sequence[T], context: Context, param: str, *, does: str, done: str) -> T:
    """What works on a project where the task names nothing: of several the first."""
    if not found:
        raise Failed(
            f"nothing here says how it is {done}",
            f"give {param}, or path if the project is in a folder; input files come by --file",
        )
    if len(found) > 1:
        context.log(f"{' and '.join(found)} could {does} this: {found[0]} does; or give {param}")
    return found[0]


_BRINGS = {
    "npm": "install Node.js",
    "eslint": "add eslint to the project, with its node_modules, or npm install -g",
    "prettier": "add prettier to the project, with its node_modules, or npm install -g",
    "go": "install Go",
    "gofmt": "install Go",
    "cargo": "install Rust",
    "rustfmt": "install Rust",
    "pytest": "pipx install pytest",
    "ruff": "pipx install ruff",
}


def how_to_get(program: str) -> str:
    return f"{_BRINGS.get(program, f'install {program}')}; it must be on the executor's PATH"


def beside(program: str) -> tuple[Path, ...]:
    """What a program of this executor's own environment needs to see."""
    own = Path(sys.prefix)
    if not Path(program).is_relative_to(own) or own.is_relative_to("/usr"):
        return ()
    return (own, Path(sys.base_prefix))
