"""What `ygg submit` was asked for, and the request made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ygg.cli.params import check_text, read_params
from ygg.cli.read import Reader
from ygg.errors import BadInput

SHORTHANDS = ("repo", "ref", "path")
"""Params with an option of their own: `--repo URL` is `--param repo=URL`."""


@dataclass(frozen=True)
class Asked:
    label: str | None
    title: str
    params: tuple[str, ...]
    params_file: str | None
    files: tuple[str, ...]
    repo: str | None
    ref: str | None
    path: str | None
    priority: int | None
    after: tuple[str, ...]
    at: float | None
    delay: float | None
    on: str | None
    approval: bool
    key: str | None
    soft: float | None
    hard: float | None
    max_attempts: int | None
    retry_on: tuple[str, ...]
    idempotency_key: str | None
    wait: bool
    timeout: float | None
    dry_run: bool
    source: str | None
    partial: bool
    as_json: bool


def build(asked: Asked, given: Mapping[str, str], reader: Reader) -> dict[str, object]:
    """A task without its input files. What was not given is left to the coordinator.

    `given`: each `--param` as text.
    """
    _check(asked)
    params = read_params(given, asked.params_file, reader)
    told: dict[str, object] = {
        "label": asked.label,
        "title": asked.title or None,
        "params": params | _short(asked, params) or None,
        "priority": asked.priority,
        "after": list(asked.after) or None,
        "not_before": asked.at,
        "delay_seconds": asked.delay,
        "on": asked.on,
        "approval": asked.approval or None,
        "key": asked.key,
        "soft_seconds": asked.soft,
        "hard_seconds": asked.hard,
        "max_attempts": asked.max_attempts,
        "retry_on": list(asked.retry_on) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _short(asked: Asked, params: Collection[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in SHORTHANDS:
        value = getattr(asked, name)
        if value is None:
            continue
        if name in params:
            raise BadInput(f"param {name!r} is given twice", field=f"--{name}")
        check_text(value, f"--{name}")
        found[name] = value
    return found


def _check(asked: Asked) -> None:
    check_text(asked.title, "--title")
    if asked.partial:
        raise BadInput("--partial goes with --from", field="--partial")
    if asked.at is not None and asked.delay is not None:
        raise BadInput("give --at or --in, not both", field="--at")
    if asked.timeout is not None and not asked.wait:
        raise BadInput("--timeout goes with --wait", field="--timeout")
    if asked.wait and asked.dry_run:
        raise BadInput("a dry run makes no task to wait for", field="--wait")
