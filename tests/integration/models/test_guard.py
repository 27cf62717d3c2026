"""Questions wait for their turn, whichever process asks them, and leave alone what is away."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest

from executors.models.asking import Models, asked
from tests.model_server import ROOT, ModelServer
from tests.scripted_model import Answer, Asked, Cut, Refusal, Script, Scripted, ScriptedModel, busy
from tests.services import wait_until
from ygg.errors import ModelUnreachable, YggError
from ygg.machine_settings import ModelSettings
from ygg.models.connect import connect
from ygg.models.guard import Guarded
from ygg.models.openai import OpenAIModel
from ygg.models.port import Chat, Message, Model, Options
from ygg.models.slots import Closed
from ygg.task import Ending, Outcome

pytestmark = pytest.mark.timeout(60)

ASK = """
import sys
from concurrent.futures import ThreadPoolExecutor
from ygg.machine_settings import ModelSettings
from ygg.models.connect import connect
from ygg.models.port import Chat, Message

model = connect(ModelSettings.model_validate_json(sys.argv[1]))
with ThreadPoolExecutor() as pool:
    for text in sys.argv[2:]:
        pool.submit(model.chat, Chat((Message("user", text),)))
"""


def guarded(server: ScriptedModel, folder: Path, **more: object) -> ModelSettings:
    return server.settings.model_copy(update={"guard_dir": folder, **more})


def process(settings: ModelSettings, *texts: str) -> subprocess.Popen[bytes]:
    """Another task, which asks all of these at a time."""
    told = settings.model_dump_json(exclude_unset=True)
    return subprocess.Popen([sys.executable, "-c", ASK, told, *texts], cwd=ROOT)


def waiting(folder: Path) -> int:
    return len(list(folder.glob("*/waiting/*")))


def say(model: Model, text: str = "hello") -> str:
    return model.chat(Chat((Message("user", text),))).text


def test_no_more_are_asked_at_a_time_than_the_settings_say(tmp_path: Path) -> None:
    gate = threading.Event()
    with ScriptedModel(lambda _: Answer("a b", until=gate)) as server:
        settings = guarded(server, tmp_path, most_requests=2)
        tasks = [process(settings, "one", "two", "three") for _ in range(3)]
        wait_until(lambda: waiting(tmp_path) == 7, "seven to wait", 30)
        assert server.at_once == 2
        gate.set()
        assert [task.wait(30) for task in tasks] == [0, 0, 0]
    assert (len(server.requests), server.max_at_once) == (9, 2)
    assert waiting(tmp_path) == 0


@pytest.mark.parametrize("killed", ["who asks", "who waits"])
def test_who_is_killed_keeps_nobody_waiting(tmp_path: Path, killed: str) -> None:
    gates = {"first": threading.Event(), "second": threading.Event()}

    def answer(asked: Asked) -> Scripted:
        return Answer("a b", until=gates.get(asked.text))

    with ScriptedModel(answer) as server, ThreadPoolExecutor() as pool:
        settings = guarded(server, tmp_path, most_requests=1)
        first = process(settings, "first")
        wait_until(lambda: server.at_once == 1, "the first to be answered", 30)
        second = process(settings, "second")
        wait_until(lambda: waiting(tmp_path) == 1, "the second to wait", 30)
        model = connect(settings)
        third = pool.submit(say, model, "third")
        wait_until(lambda: waiting(tmp_path) == 2, "the third to wait")
        for task in (first, second) if killed == "who asks" else (second,):
            task.kill()
            task.wait()
        if killed == "who waits":
            gates["first"].set()
            assert first.wait(10) == 0
        assert third.result(10) == "a b"
        model.close()
        gates["first"].set()
        wait_until(lambda: server.at_once == 0, "the server to be done")


def test_who_waits_is_served_in_turn(tmp_path: Path) -> None:
    gate = threading.Event()
    with ScriptedModel(lambda _: Answer("a b", until=gate)) as server, ThreadPoolExecutor() as pool:
        model = connect(guarded(server, tmp_path, most_requests=1))
        asking: list[Future[str]] = []
        for number in range(5):
            asking.append(pool.submit(say, model, str(number)))
            wait_until(lambda: len(server.requests) + waiting(tmp_path) == len(asking), "a ticket")
            wait_until(lambda: len(server.requests) == 1, "the first to be asked")
        gate.set()
        assert [each.result(10) for each in asking] == ["a b"] * 5
        model.close()
    assert [each.text for each in server.requests] == ["0", "1", "2", "3", "4"]


def test_an_answer_that_is_broken_off_leaves_its_slot(tmp_path: Path) -> None:
    def enough(text: str) -> None:
        raise KeyError

    with ScriptedModel(["one two", "three"]) as server:
        model = connect(guarded(server, tmp_path, most_requests=1))
        with pytest.raises(KeyError):
            model.chat(Chat((Message("user", "hello"),)), enough)
        assert say(model) == "three"
        model.close()


def test_what_stops_a_task_ends_its_waiting(tmp_path: Path) -> None:
    class Stopped(BaseException):
        pass

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    gate = threading.Event()
    before = signal.signal(signal.SIGUSR1, stop)
    main = threading.main_thread().ident
    assert main is not None
    with ScriptedModel(lambda _: Answer("a b", until=gate)) as server, ThreadPoolExecutor() as pool:
        model = connect(guarded(server, tmp_path, most_requests=1))
        first = pool.submit(say, model)
        wait_until(lambda: server.at_once == 1, "the first to be asked")

        def stop_the_second() -> None:
            wait_until(lambda: waiting(tmp_path) == 1, "the second to wait")
            signal.pthread_kill(main, signal.SIGUSR1)

        stopping = pool.submit(stop_the_second)
        with pytest.raises(Stopped):
            say(model)
        signal.signal(signal.SIGUSR1, before)
        stopping.result()
        assert waiting(tmp_path) == 0
        gate.set()
        assert first.result(10) == "a b"
        model.close()


def test_closing_ends_what_other_threads_wait_for_and_hear(tmp_path: Path) -> None:
    gate = threading.Event()
    with ScriptedModel(lambda _: Answer("a b", until=gate)) as server, ThreadPoolExecutor() as pool:
        model = connect(guarded(server, tmp_path, most_requests=1))
        hears = pool.submit(say, model)
        wait_until(lambda: server.at_once == 1, "the first to be asked")
        waits = pool.submit(say, model)
        wait_until(lambda: waiting(tmp_path) == 1, "the second to wait")
        model.close()
        with pytest.raises(Closed):
            waits.result(10)
        gate.set()
        with pytest.raises(Closed):
            hears.result(10)
    assert len(server.requests) == 1


@pytest.mark.parametrize("refusal", [busy(), Refusal(429, "slow down"), Cut()])
def test_a_busy_server_is_asked_again(tmp_path: Path, refusal: Scripted) -> None:
    with ScriptedModel([refusal, refusal, "yes"]) as server:
        model = connect(guarded(server, tmp_path))
        assert say(model) == "yes"
        model.close()
    assert len(server.requests) == 3
    assert not list(tmp_path.glob("*/away.json"))


@pytest.mark.parametrize(
    ("answer", "kind"), [(Cut("some of it"), ModelUnreachable), (Refusal(500, "oops"), YggError)]
)
def test_what_was_half_heard_or_is_no_passing_trouble_is_not_asked_again(
    tmp_path: Path, answer: Scripted, kind: type[YggError]
) -> None:
    with ScriptedModel([answer]) as server:
        model = connect(guarded(server, tmp_path))
        with pytest.raises(kind):
            say(model)
        model.close()
    assert len(server.requests) == 1


def test_trying_again_has_an_end(tmp_path: Path) -> None:
    with ScriptedModel([busy()] * 4) as server:
        model = connect(guarded(server, tmp_path))
        with pytest.raises(ModelUnreachable):
            say(model)
        model.close()


def away(script: Script, folder: Path, alone_seconds: float) -> tuple[ScriptedModel, Guarded]:
    server = ScriptedModel(script)
    return server, Guarded(OpenAIModel(server.settings), folder, 2, alone_seconds=alone_seconds)


def fail(model: Model, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ModelUnreachable):
            say(model)


def test_a_server_that_is_away_is_left_alone_by_all(tmp_path: Path) -> None:
    script = [Cut("no"), Cut("no"), "yes", *[Cut("no")] * 3]
    with ScriptedModel(script) as server:
        settings = guarded(server, tmp_path)
        model, other = connect(settings), connect(settings)
        fail(model, 2)
        assert say(other) == "yes"  # so they are not in a row
        fail(model, 3)
        for each in (model, other):
            with pytest.raises(ModelUnreachable) as left_alone:
                say(each)
            assert server.root in left_alone.value.message
            assert "again in" in (left_alone.value.hint or "")
            with pytest.raises(ModelUnreachable):
                each.models()
        told = Models.model_validate(settings.model_dump(exclude_unset=True))
        outcome = asked(told, say)
        assert isinstance(outcome, Outcome)
        assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "unavailable")
        model.close()
        other.close()
    assert len(server.requests) == len(script)


def test_one_question_finds_out_whether_it_is_back(tmp_path: Path) -> None:
    gate = threading.Event()
    script = [*[Cut("no")] * 4, Answer("yes yes", until=gate), "and now"]
    server, model = away(script, tmp_path, alone_seconds=0.2)

    def is_asked_again(times: int) -> Callable[[], bool]:
        def ask() -> bool:
            with pytest.raises(ModelUnreachable):
                say(model)
            return len(server.requests) == times

        return ask

    with server, ThreadPoolExecutor() as pool:
        fail(model, 3)
        wait_until(is_asked_again(4), "one to find it away still")
        finding: list[Future[str]] = []

        def is_found_out() -> bool:
            finding.append(pool.submit(say, model))
            wait_until(lambda: finding[-1].done() or server.at_once == 1, "it to be asked or not")
            return not finding[-1].done()

        wait_until(is_found_out, "one to find out")
        fail(model, 3)  # while that one has no answer
        assert len(server.requests) == 5
        gate.set()
        assert finding[-1].result(10) == "yes yes"
        assert say(model) == "and now"
        model.close()


def test_a_server_that_does_not_even_list_its_models_is_away(tmp_path: Path) -> None:
    server, model = away([], tmp_path, alone_seconds=30)
    with server:
        pass
    fail(model, 1)
    (tmp_path / "away.json").write_text("not what it was")
    with pytest.raises(ModelUnreachable):
        model.models()
    assert '"failures":1' in (tmp_path / "away.json").read_text()
    model.close()


def test_a_real_server_answers_through_it(model_server: ModelServer, tmp_path: Path) -> None:
    settings = model_server.settings.model_copy(update={"guard_dir": tmp_path})
    model = connect(settings)
    trees = Chat((Message("user", "Name three trees."),), options=Options(max_tokens=8))
    with ThreadPoolExecutor() as pool:
        replies = [each.result() for each in [pool.submit(model.chat, trees) for _ in range(4)]]
    assert {reply.tokens_in for reply in replies} == {model.count(trees).tokens}
    model.close()
