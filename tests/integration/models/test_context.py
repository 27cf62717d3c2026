"""Nothing of a prompt is left out without a word, whoever serves the model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model_server import OllamaProcess
from tests.scripted_model import Answer, ScriptedModel
from ygg.errors import BadInput
from ygg.models.connect import connect
from ygg.models.port import Chat, Generate, Message, Model, Options, Role

pytestmark = pytest.mark.timeout(240)

CONTEXT = 256


def chat(*said: tuple[Role, str], max_tokens: int = 4) -> Chat:
    messages = tuple(Message(role, text) for role, text in said)
    return Chat(messages, options=Options(max_tokens=max_tokens, temperature=0))


@pytest.fixture
def small(ollama_server: OllamaProcess) -> Iterator[Model]:
    """Ollama, told to use little context."""
    model = connect(ollama_server.settings.model_copy(update={"context_tokens": CONTEXT}))
    yield model
    model.close()


def hint_of(model: Model, asked: Chat | Generate) -> str:
    with pytest.raises(BadInput) as refused:
        model.chat(asked) if isinstance(asked, Chat) else model.generate(asked)
    assert refused.value.field == "models.context_tokens"
    return refused.value.hint or ""


@pytest.mark.parametrize("words", [150, pytest.param(230, marks=pytest.mark.slow)])
def test_a_first_message_that_ollama_left_out_is_missed(small: Model, words: int) -> None:
    asked = chat(
        ("system", "Be short."),
        ("user", "first " * words),
        ("assistant", "ok " * 100),
        ("user", "Say yes."),
    )
    assert "left out its first messages" in hint_of(small, asked)


@pytest.mark.slow
def test_a_short_message_that_ollama_left_out_is_missed(small: Model) -> None:
    """With it, it would have been too long by a little."""
    said = ("user", "Oak."), ("assistant", "ok " * 110), ("user", "yes " * 110)
    assert "left out its first messages" in hint_of(small, chat(*said))


def test_a_conversation_that_is_all_there_is_answered(small: Model) -> None:
    first = ("user", "first " * 60)
    assert small.chat(chat(first)).tokens_in > 60
    # More than half of the context, so that it is looked at closely.
    whole = chat(first, ("assistant", "ok " * 60), ("user", "go on " * 30))
    assert 180 < small.chat(whole).tokens_in < CONTEXT


def test_a_beginning_that_ollama_cut_off_is_missed(small: Model) -> None:
    assert "dropped the beginning" in hint_of(small, chat(("user", "word " * 400)))
    raw = Generate("word " * 400, options=Options(max_tokens=1))
    assert "dropped the beginning" in hint_of(small, raw)


@pytest.mark.slow
def test_a_beginning_that_ollama_forgot_while_it_wrote_is_missed(small: Model) -> None:
    story = chat(("user", "Write a long story."), max_tokens=CONTEXT - 8)
    assert "forgot its beginning" in hint_of(small, story)


@pytest.mark.parametrize("counts", ["llama.cpp", "vllm"])
def test_what_a_server_counts_to_be_too_long_is_never_sent(counts: str) -> None:
    with ScriptedModel(["yes"], counts=counts, context_tokens=300) as server:  # type: ignore[arg-type]
        model = connect(server.settings)
        assert model.context_tokens() == 300
        asked = chat(("system", "a b c"), ("user", "word " * 200), max_tokens=50)
        assert model.count(asked).exact
        assert model.chat(asked).tokens_in == model.count(asked).tokens
        longer = chat(*[("user", "word " * 200)], max_tokens=100)
        assert "allow the answer fewer" in hint_of(model, longer)
        model.close()
    assert len(server.requests) == 1


def test_the_settings_may_allow_less_than_the_server_has() -> None:
    with ScriptedModel([], context_tokens=4096) as server:
        model = connect(server.settings.model_copy(update={"context_tokens": 512}))
        assert model.context_tokens() == 512
        hint_of(model, chat(("user", "word " * 500), max_tokens=50))
        model.close()


def test_where_nobody_knows_the_context_the_server_decides() -> None:
    with ScriptedModel(["yes"], counts=None) as server:
        model = connect(server.settings)
        assert model.context_tokens() is None
        assert not model.count(chat(("user", "hello"))).exact
        assert model.chat(chat(("user", "word " * 5000))).text == "yes"
        model.close()


def test_what_a_server_says_of_its_prompts_makes_the_estimate_better() -> None:
    text = "Some words of a text that is like others. " * 50
    with ScriptedModel(["yes"], counts=None) as server:
        model = connect(server.settings)
        before = model.count(chat(("user", text))).tokens
        read = model.chat(chat(("user", text))).tokens_in
        after = model.count(chat(("user", text))).tokens
        model.close()
    assert read < after < before


def test_far_too_few_tokens_are_not_all_of_a_prompt() -> None:
    """LM Studio, and Ollama by OpenAI's API, cut what is too long for what they were given."""
    with ScriptedModel([Answer("yes", tokens_in=256)], counts=None) as server:
        model = connect(server.settings)
        assert "more context" in hint_of(model, chat(("user", "word " * 2000)))
        model.close()
