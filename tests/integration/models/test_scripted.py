"""The scripted model does to our client what real servers do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.scripted_model import Answer, Asked, Cut, Endless, Garbage, Refusal, ScriptedModel, busy
from tests.services import wait_until
from ygg.errors import BadInput, Denied, ModelUnreachable, YggError
from ygg.models.openai import OpenAIModel
from ygg.models.port import Chat, Generate, Message, Options, Reply


def ask(server: ScriptedModel, text: str = "hello", **options: object) -> Reply:
    model = OpenAIModel(server.settings)
    try:
        return model.chat(Chat((Message("user", text),), options=Options(**options)))  # type: ignore[arg-type]
    finally:
        model.close()


def test_answers_come_in_their_order_and_questions_are_kept() -> None:
    with ScriptedModel(["one, two", "three"]) as server:
        first = ask(server, "count", temperature=0.5, seed=7, schema={"type": "object"})
        assert (first.text, first.finished, first.tokens_out) == ("one, two", "stop", 3)
        assert ask(server, "go on").text == "three"
    asked = server.requests[0]
    assert (asked.text, asked.temperature, asked.seed) == ("count", 0.5, 7)
    assert asked.schema == {"type": "object"}
    assert [each.text for each in server.requests] == ["count", "go on"]


def test_an_answer_may_depend_on_the_question() -> None:
    with ScriptedModel(lambda asked: asked.text.upper()) as server:
        assert ask(server, " def f():\n\tpass\n\n").text == " DEF F():\n\tPASS\n\n"


def test_a_text_is_continued_too() -> None:
    with ScriptedModel(lambda asked: f"{asked.whole} and on") as server:
        model = OpenAIModel(server.settings)
        assert model.generate(Generate("on")).text == "on and on"
        model.close()


def test_what_it_says_of_tokens_may_be_scripted() -> None:
    with ScriptedModel([Answer("yes", tokens_in=17)]) as server:
        assert ask(server).tokens_in == 17


def test_endless_text_ends_with_its_most_tokens_or_its_reader() -> None:
    def enough(text: str) -> None:
        raise KeyError

    with ScriptedModel([Endless(), Endless()]) as server:
        assert ask(server, max_tokens=50).finished == "length"
        model = OpenAIModel(server.settings)
        with pytest.raises(KeyError):
            model.chat(Chat((Message("user", "hello"),)), enough)
        model.close()
        wait_until(lambda: server.hung_up == 1, "the server to see that nobody reads")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (busy(), ModelUnreachable),
        (Refusal(429, "slow down"), ModelUnreachable),
        (Cut("half an"), ModelUnreachable),
        (Refusal(500, "oops"), YggError),
        (Garbage(), YggError),
        (Garbage(b""), YggError),
    ],
)
def test_what_is_no_answer_is_an_error(answer: Refusal | Cut | Garbage, kind: type) -> None:
    with ScriptedModel([answer]) as server:
        with pytest.raises(YggError) as found:
            ask(server)
        assert type(found.value).__mro__.index(kind) <= 1


def test_a_prompt_that_is_too_long_and_a_wrong_key_are_refused() -> None:
    with ScriptedModel(["never"], context_tokens=256, key="sk-1") as server:
        with pytest.raises(BadInput):
            ask(server, "word " * 300)
        assert httpx.get(f"{server.url}/models").status_code == 401
        stranger = OpenAIModel(server.settings.model_copy(update={"api_key": None}))
        with pytest.raises(Denied):
            stranger.models()
        stranger.close()


def test_questions_at_a_time_are_counted() -> None:
    gate = threading.Event()
    with ScriptedModel(lambda _: Answer("a b", until=gate)) as server, ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask, server) for _ in range(3)]
        wait_until(lambda: server.at_once == 3, "three questions at a time")
        gate.set()
        assert [each.result().text for each in asking] == ["a b"] * 3
        wait_until(lambda: server.at_once == 0, "the server to be done with them")
        assert server.max_at_once == 3


def test_a_script_that_ends_too_early_or_raises_fails_the_test() -> None:
    def broken(asked: Asked) -> str:
        raise KeyError("a mistake in the script")

    for script, raised in (([], AssertionError), (broken, KeyError)):
        server = ScriptedModel(script)
        with pytest.raises(raised), server, pytest.raises(YggError):
            ask(server)
