"""`ygg coordinator` and `ygg executor`: this process becomes that one."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from typing import NoReturn

import click

from ygg.errors import MissingExtra

COORDINATOR_NEEDS = ("fastapi", "uvicorn", "sqlalchemy", "celery", "redis")
EXECUTOR_NEEDS = ("celery", "redis")


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
def coordinator(host: str | None, port: int | None) -> None:
    """Run a coordinator in the foreground; settings come from YGG_* and ygg.toml."""
    told = {"YGG_COORDINATOR__HOST": host, "YGG_COORDINATOR__PORT": port}
    become("coordinator", COORDINATOR_NEEDS, told, extra="coordinator")


@click.group(invoke_without_command=True)
@click.option("--name", help="Unique in the fleet; the machine's name by default.")
@click.option("--queue", "queues", multiple=True, metavar="QUEUE", help="Consume it; * for all.")
@click.option("--concurrency", type=click.IntRange(1, 256), help="Tasks at a time.")
@click.pass_context
def executor(
    context: click.Context, name: str | None, queues: tuple[str, ...], concurrency: int | None
) -> None:
    """Run an executor in the foreground; settings come from YGG_* and ygg.toml."""
    if context.invoked_subcommand is not None:
        return
    import json

    told = {
        "YGG_EXECUTOR__NAME": name,
        "YGG_EXECUTOR__QUEUES": json.dumps(queues) if queues else None,
        "YGG_EXECUTOR__CONCURRENCY": concurrency,
    }
    become("executors", EXECUTOR_NEEDS, told, extra="executor")


@executor.command()
@click.option("--name", help="Which one, where the machine runs several.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def health(name: str | None, as_json: bool) -> None:
    """Say how the executor of this machine is; exit 1 when it is not well."""
    from ygg.cli.executor_health import say_health

    say_health(name, as_json=as_json)


def become(
    module: str, needs: tuple[str, ...], told: Mapping[str, object], *, extra: str
) -> NoReturn:
    check_installed(module.partition(".")[0], needs, extra)
    settings = {name: str(value) for name, value in told.items() if value is not None}
    # -P: the folder this was typed in holds the person's files, not our modules.
    argv = [sys.executable, "-P", "-m", module]
    os.execve(sys.executable, argv, {**os.environ, **settings})  # noqa: S606


def check_installed(package: str, needs: tuple[str, ...], extra: str) -> None:
    missing = [name for name in (package, *needs) if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"{', '.join(missing)} not installed here",
            hint=f"from a clone: pip install '.[{extra}]', or so with uv tool or pipx",
        )
