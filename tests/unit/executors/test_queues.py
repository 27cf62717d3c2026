"""Which queues an executor consumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from executors.board import Board
from executors.executor import Executor
from executors.offers import installed_handlers
from ygg.settings import load


def queues(told: list[str], labels: list[str], **more: object) -> tuple[str, ...]:
    own = {"name": "fenrir", "machine": "fenrir", "queues": told}
    known = installed_handlers()
    return Executor(
        settings=load(executor=own, **more),
        handlers={label: known[label] for label in labels},
        board=Board(1),
        boot="",
    ).queues


def test_of_all_queues_those_are_left_out_from_which_it_could_only_hand_back() -> None:
    assert queues(["*"], ["dev-run", "git-log"]) == ("dev", "git", "on.fenrir")
    assert queues(["*"], []) == ("on.fenrir",)


def test_what_is_named_is_consumed() -> None:
    assert queues(["code", "dev", "on.fenrir"], ["dev-run"]) == ("code", "dev", "on.fenrir")


def test_a_queue_counts_that_takes_one_of_its_labels_or_what_nobody_claims() -> None:
    extra = {"table": [{"prefix": "dev-run", "queue": "quick"}], "default_queue": "rest"}
    assert queues(["*"], ["dev-run"], routes=extra) == ("quick", "on.fenrir")
    assert queues(["*"], ["git-log"], routes=extra) == ("rest", "on.fenrir")


def test_a_label_that_no_route_claims_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = {"table": [{"prefix": "dev-", "queue": "dev"}]}
    assert queues(["*"], ["dev-run", "git-log"], routes=table) == ("dev", "on.fenrir")
