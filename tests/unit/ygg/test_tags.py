from __future__ import annotations

import pytest

from ygg.tags import TAG, lacking, with_facts


@pytest.mark.parametrize(
    ("needs", "tags", "missing"),
    [
        ([], [], []),
        (["gpu"], ["gpu", "fast"], []),
        (["gpu", "disk"], ["gpu"], ["disk"]),
        (["memory:16"], ["memory:32"], []),
        (["memory:16"], ["memory:8"], ["memory:16"]),
        (["memory:16"], ["memory:much"], ["memory:16"]),
        (["arch:arm64"], ["arch:amd64"], ["arch:arm64"]),
        (["memory:16"], [], ["memory:16"]),
    ],
)
def test_needs_are_words_or_amounts(needs: list[str], tags: list[str], missing: list[str]) -> None:
    assert lacking(needs, tags) == missing


def test_a_machine_says_what_nobody_said_of_it() -> None:
    found = with_facts(["gpu", "memory:4"])
    assert {"gpu", "memory:4"} < found
    assert len(found) == 3
    assert all(TAG.fullmatch(tag) for tag in found)
    assert lacking(["memory:5"], found) == ["memory:5"]
