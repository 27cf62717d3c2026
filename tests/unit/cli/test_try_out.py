"""Command lines made of example params say the same when a shell and `ygg submit` read them."""

from __future__ import annotations

import shlex
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ygg.cli.params import read_given, read_params
from ygg.cli.read import Reader
from ygg.cli.request import SHORTHANDS
from ygg.cli.try_out import as_command

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.sampled_from(["null", "@file", "-n", "--", "[1", "a b", "it's", "$HOME", "1e5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("k"), inner),
    max_leaves=4,
)


def read(command: str) -> dict[str, object]:
    words = shlex.split(command)
    assert words[:4] == ["ygg", "submit", "--label", "dev-x"]
    pairs = list(zip(words[4::2], words[5::2], strict=True))
    given = tuple(value for option, value in pairs if option == "--param")
    short = {option[2:]: value for option, value in pairs if option[2:] in SHORTHANDS}
    return read_params(read_given(given, Reader()), None, Reader()) | short


@given(st.dictionaries(st.sampled_from(["text", "repo", "path", "count"]), values))
def test_a_command_says_what_its_example_says(example: dict[str, object]) -> None:
    assert read(as_command("dev-x", example, wait=False)) == example


def test_it_reads_well() -> None:
    example: dict[str, object] = {"repo": "https://x/y.git", "text": "a b", "count": 3}
    assert as_command("dev-x", example, wait=True) == (
        "ygg submit --label dev-x --repo https://x/y.git --param 'text=a b' --param count=3 --wait"
    )
