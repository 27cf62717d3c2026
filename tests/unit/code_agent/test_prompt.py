"""Prompts: every gap is filled, and what fills one opens no other."""

from __future__ import annotations

from importlib import resources

import pytest

from code_agent.prompt import Prompt, fenced, prompt

NAMES = sorted(
    file.name.removesuffix(".md") for file in (resources.files("code_agent") / "prompts").iterdir()
)


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_has_a_version_and_its_sections(name: str) -> None:
    found = prompt(name)
    assert found.version
    assert len(found.digest) == 64
    assert {"system", "user", "repair"} <= set(found.sections)
    assert "{{trouble}}" in found.sections["repair"]
    first = found.sections["system"].replace("{{language}}", "")
    assert "{{" not in first, "what comes first is the same for every task"


def test_what_is_filled_in_opens_no_gap() -> None:
    one = Prompt("one", "1", "", {"user": "{{a}} and {{b}}\n"})
    assert one.fill("user", a="{{b}}", b="{{a}}") == "{{b}} and {{a}}"


def test_a_gap_that_nothing_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        Prompt("one", "1", "", {"user": "{{a}}"}).fill("user")


@pytest.mark.parametrize("text", ["plain", "```\nfence\n```", "`````", "a\n````python\n"])
def test_nothing_in_a_text_ends_its_block(text: str) -> None:
    found = fenced(text, "python").splitlines()
    fence = found[-1]
    assert found[0] == f"{fence}python"
    assert set(fence) == {"`"}
    assert not [line for line in found[1:-1] if line.lstrip().startswith(fence)]
