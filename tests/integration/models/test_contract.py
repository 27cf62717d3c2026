"""What every adapter must do, asked of real servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.model_server import OLLAMA_MODEL, ModelServer, OllamaProcess
from tests.services import free_port
from ygg.errors import BadInput, ModelUnreachable, UnknownModel, YggError
from ygg.machine_settings import ModelSettings
from ygg.models.connect import connect
from ygg.models.port import Chat, Enough, Generate, Message, Model, Options

pytestmark = [pytest.mark.timeout(300), pytest.mark.few(2)]  # the third is Ollama once more

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}},
    "required": ["city"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Served:
    """A server, and what it can tell."""

    settings: ModelSettings
    name: str
    digests: bool = True
    bounded: bool = True
    """It is told how much context to use."""
    continues: bool = True
    """It goes on with a text as it stands."""


@pytest.fixture(scope="module", params=["embedded", "ollama", "openai"])
def served(request: pytest.FixtureRequest) -> Served:
    """The embedded server, Ollama, and Ollama once more by the API it has in common with others."""
    if request.param == "embedded":
        model: ModelServer = request.getfixturevalue("model_server")
        return Served(model.settings, "tiny")
    server: OllamaProcess = request.getfixturevalue("ollama_server")
    name = f"{OLLAMA_MODEL}:latest"
    if request.param == "ollama":
        return Served(server.settings, name)
    settings = ModelSettings(adapter="openai", url=f"{server.url}/v1")
    return Served(settings, name, digests=False, bounded=False, continues=False)


@pytest.fixture(scope="module")
def model(served: Served) -> Iterator[Model]:
    found = connect(served.settings)
    yield found
    found.close()


def question(text: str, **options: object) -> Chat:
    chosen = replace(Options(max_tokens=12, temperature=0, seed=1), **options)  # type: ignore[arg-type]
    return Chat((Message("user", text),), options=chosen)


def test_an_answer_comes_in_pieces_and_as_a_whole(served: Served, model: Model) -> None:
    pieces: list[str] = []
    reply = model.chat(question("Name three trees."), pieces.append)
    assert len(pieces) > 3
    assert "".join(pieces) == reply.text
    assert reply.model.name == served.name
    assert len(reply.model.digest) == (64 if served.digests else 0)
    assert reply.tokens_in > 5
    assert 0 < reply.first_text_seconds <= reply.seconds


def test_who_has_heard_enough_has_what_came_so_far(model: Model) -> None:
    pieces: list[str] = []

    def until_the_third(piece: str) -> None:
        pieces.append(piece)
        if len(pieces) == 3:
            raise Enough

    reply = model.chat(question("Name three trees."), until_the_third)
    assert (reply.text, reply.finished) == ("".join(pieces), "length")
    assert reply.tokens_in > 5
    assert reply.tokens_out == 3


def test_an_answer_is_cut_off_at_its_most_tokens(model: Model) -> None:
    reply = model.chat(question("Count to a hundred.", max_tokens=5))
    assert (reply.finished, reply.tokens_out) == ("length", 5)


def test_what_is_most_likely_is_the_same_each_time(model: Model) -> None:
    asked = question("What is the capital of France?")
    assert model.chat(asked).text == model.chat(asked).text


def test_the_whole_conversation_is_read(model: Model) -> None:
    said = (
        Message("system", "You are a pirate."),
        Message("user", "Hello."),
        Message("assistant", "Ahoy!"),
        Message("user", "Who are you?"),
    )
    whole = model.chat(Chat(said, options=Options(max_tokens=1)))
    part = model.chat(Chat(said[:2], options=Options(max_tokens=1)))
    assert whole.tokens_in > part.tokens_in + 10


def test_an_answer_ends_before_a_stop(served: Served, model: Model) -> None:
    if not served.continues:
        pytest.skip("Ollama takes this for a question")
    request = Generate("1, 2, 3, 4,", options=Options(max_tokens=40, temperature=0, stop=(" 7",)))
    reply = model.generate(request)
    assert (reply.text, reply.finished) == (" 5, 6,", "stop")


def test_a_text_is_continued_as_it_stands(served: Served, model: Model) -> None:
    if not served.continues:
        pytest.skip("Ollama takes this for a question")
    reply = model.generate(
        Generate("def add(a, b):\n    return", options=Options(max_tokens=4, temperature=0))
    )
    assert reply.text.startswith(" a + b")


def test_an_answer_fits_its_schema(model: Model) -> None:
    reply = model.chat(question("Name a city.", max_tokens=40, schema=CITY))
    assert set(json.loads(reply.text)) == {"city"}


def test_a_schema_that_is_none_is_refused(model: Model) -> None:
    with pytest.raises(YggError) as refused:
        model.chat(question("Name a city.", schema={"type": "nonsense"}))
    assert not isinstance(refused.value, ModelUnreachable)  # it would be tried again


def test_each_text_has_a_vector(served: Served, model: Model) -> None:
    found = model.embed(["a cat", "a cat", "the stock market fell"])
    assert len(found.vectors) == 3
    assert {len(vector) for vector in found.vectors} == {576}
    assert found.vectors[0] == pytest.approx(found.vectors[1], abs=1e-3)
    assert found.vectors[0] != pytest.approx(found.vectors[2], abs=1e-3)
    assert found.model.name == served.name


NOT_THERE = "no-such-model"


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.chat(replace(question("hello"), model=NOT_THERE)),
        lambda model: model.generate(Generate("hello", model=NOT_THERE)),
        lambda model: model.embed(["hello"], NOT_THERE),
    ],
    ids=["chat", "generate", "embed"],
)
def test_a_model_that_is_not_there_is_refused_with_those_that_are(
    ask: Callable[[Model], object], served: Served, model: Model
) -> None:
    with pytest.raises(UnknownModel) as refused:
        ask(model)
    assert NOT_THERE in refused.value.message
    assert served.name in (refused.value.hint or "")


def test_a_prompt_that_does_not_fit_is_refused_and_not_cut(served: Served, model: Model) -> None:
    if not served.bounded:
        pytest.skip("this API has no word for the size of the context")
    with pytest.raises(BadInput) as refused:
        model.chat(question("word " * served.settings.context_tokens, max_tokens=1))
    assert refused.value.field == "models.context_tokens"
    assert "models.context_tokens" in (refused.value.hint or "")


TEXTS = (
    "An ash has leaves that are made of many small leaves. " * 12,
    "def walk(tree):\n    for branch in tree.branches:\n        yield from walk(branch)\n" * 6,
    "世界樹はとても大きなトネリコの木です。" * 10,
    '{"a": [1, 2, 3], "b": "0xdeadbeef"}\n' * 12,
)


@pytest.mark.few(1)
def test_a_question_is_counted_as_the_server_does_or_rather_too_high(
    served: Served, model: Model
) -> None:
    for text in (*TEXTS, *TEXTS[::-1]):
        asked = question(text, max_tokens=1)
        found = model.count(asked)
        read = model.chat(asked).tokens_in
        assert found.exact == (served.name == "tiny")
        assert found.tokens == read if found.exact else read <= found.tokens <= 4 * read + 100


def test_a_text_is_counted_too(served: Served, model: Model) -> None:
    asked = Generate(TEXTS[1], options=Options(max_tokens=1))
    found = model.count(asked)
    if found.exact:
        assert found.tokens == model.generate(asked).tokens_in
    else:
        assert found.tokens > len(TEXTS[1]) // 5


def test_how_much_a_model_sees_is_known_where_anybody_says(served: Served, model: Model) -> None:
    assert model.context_tokens() == (served.settings.context_tokens if served.bounded else None)


def test_a_prompt_that_leaves_no_room_for_the_answer_is_refused(
    served: Served, model: Model
) -> None:
    if not served.bounded:
        pytest.skip("this API has no word for the size of the context")
    with pytest.raises(BadInput) as refused:
        model.chat(question("hello", max_tokens=served.settings.context_tokens))
    assert refused.value.field == "models.context_tokens"
    assert "answer" in refused.value.message


def test_the_server_says_which_models_it_has(served: Served, model: Model) -> None:
    assert [each.name for each in model.models()] == [served.name]


def test_a_server_that_is_not_there_is_away(served: Served) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    gone = connect(served.settings.model_copy(update={"url": url}))
    with pytest.raises(ModelUnreachable) as away:
        gone.chat(question("hello"))
    assert url in away.value.message
    gone.close()


def test_whoever_hangs_up_ends_the_answer_at_the_server(model: Model) -> None:
    class Enough(Exception):
        pass

    def first_only(text: str) -> None:
        raise Enough

    endless = question("Write a very long story.", max_tokens=900)
    for _ in range(3):
        with pytest.raises(Enough):
            model.chat(endless, first_only)
    # It would wait for those three if they went on: hundreds of tokens each.
    assert model.chat(question("Say yes.", max_tokens=2)).seconds < 20


def test_a_prompt_that_was_read_before_is_known_again(served: Served, model: Model) -> None:
    asked = question("Name ten trees that grow in Norway, and then say which of them is an ash.")
    model.chat(asked)
    reply = model.chat(asked)
    if served.name != "tiny":
        assert reply.tokens_cached is None  # Ollama does not say
    else:
        assert reply.tokens_cached is not None
        assert reply.tokens_in // 2 < reply.tokens_cached <= reply.tokens_in
