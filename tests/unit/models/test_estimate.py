"""An estimate is rather too high, and gets better with what a server says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.models.estimate import Estimate, is_too_few, most_tokens
from ygg.models.port import Chat, Generate, Message

PROSE = "An ash has leaves that are made of many small leaves. " * 12


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (PROSE, 145),
        ("def walk(tree):\n    for branch in tree.branches:\n        yield branch\n" * 6, 120),
        ("世界樹はとても大きなトネリコの木です。" * 10, 350),
        ('{"a": [1, 2, 3], "b": "0xdeadbeef"}\n' * 12, 276),
        ("🌳🌲🎄" * 20, 180),
        ("0123456789abcdef" * 30, 360),
    ],
)
def test_a_first_estimate_is_not_too_low(text: str, tokens: int) -> None:
    """So many they are for SmolLM2, whose few words make many tokens."""
    assert tokens <= Estimate().tokens(Generate(text), "m") <= 3 * tokens + 100


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_no_estimate_is_above_what_any_tokenizer_makes(texts: list[str]) -> None:
    chat = Chat(tuple(Message("user", text) for text in texts))
    estimate = Estimate()
    assert 0 < estimate.tokens(chat, "m") <= most_tokens(chat)
    estimate.learn(chat, "m", most_tokens(chat))
    assert estimate.tokens(chat, "m") <= most_tokens(chat)


def test_the_densest_text_of_each_model_is_remembered() -> None:
    estimate = Estimate()
    text = Generate(PROSE)
    first = estimate.tokens(text, "m")
    estimate.learn(text, "m", 150)
    learned = estimate.tokens(text, "m")
    assert 150 < learned < first
    assert estimate.tokens(text, "other") == first
    estimate.learn(text, "m", 180)
    assert estimate.tokens(text, "m") > learned
    estimate.learn(text, "m", 100)
    assert estimate.tokens(text, "m") > learned


def test_short_prompts_teach_nothing() -> None:
    estimate = Estimate()
    before = estimate.tokens(Generate(PROSE), "m")
    estimate.learn(Generate("hello"), "m", 60)
    assert estimate.tokens(Generate(PROSE), "m") == before


def test_a_server_that_says_nothing_of_tokens_is_not_blamed() -> None:
    assert not is_too_few(Generate(PROSE), 0)
    assert is_too_few(Generate(PROSE), 20)
    assert not is_too_few(Generate(PROSE), 100)
