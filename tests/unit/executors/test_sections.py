"""What a machine tells its handlers is read at the start: wrong is refused, missing is no offer."""

from __future__ import annotations

import logging

import pytest
from pydantic import BaseModel, JsonValue, SecretStr

from executors.handler import Context, Handler, HandlerSettings, Params, handler
from executors.inline import InlineContext, run_inline
from executors.logs import Allowance, LogCollector
from executors.sections import bind_settings, check_sections
from ygg.errors import BadInput
from ygg.settings import Settings
from ygg.task import Ending, Envelope


class Nothing(Params):
    pass


class Room(BaseModel):
    model_config = {"extra": "forbid"}
    width: int = 1


class Fan(HandlerSettings):
    section = "fan"

    speed: int = 3
    token: SecretStr = SecretStr("none")
    room: Room = Room()


class Lamp(HandlerSettings):
    section = "lamp"

    place: str


class OtherFan(HandlerSettings):
    section = "fan"


class Nameless(HandlerSettings):
    pass


@handler("ops-blow", bundle=True)
def blow(params: Nothing, context: Context, settings: Fan) -> JsonValue:
    return {"speed": settings.speed, "token": settings.token.get_secret_value()}


@handler("ops-shine", bundle=True)
def shine(params: Nothing, context: Context, settings: Lamp) -> JsonValue:
    return settings.place


@handler("ops-blow", bundle=True)
def blow_too(params: Nothing, context: Context, settings: OtherFan) -> None: ...


@handler("ops-light", bundle=True)
def light(params: Nothing, context: Context, fan: Fan, lamp: Lamp) -> JsonValue:
    return f"{lamp.place} {fan.speed}"


@handler("ops-idle", bundle=True)
def idle(params: Nothing, context: Context) -> None: ...


def answer(found: Handler) -> JsonValue:
    envelope = Envelope(task_id="t", attempt=1, label=found.label)
    context = InlineContext(
        envelope, lambda: LogCollector("t", 1, limit_bytes=10**6, allowance=Allowance(10**6))
    )
    outcome = run_inline(found, envelope, context)
    assert outcome.ending is Ending.OK, outcome.reason
    return outcome.result


def test_a_handler_is_given_the_settings_of_its_section() -> None:
    found = bind_settings([blow, idle], {"fan": {"speed": "7", "token": "s3cret"}})
    assert [one.label for one in found] == ["ops-blow", "ops-idle"]
    assert answer(found[0]) == {"speed": 7, "token": "s3cret"}
    assert answer(bind_settings([blow], {})[0]) == {"speed": 3, "token": "none"}


def test_a_handler_may_read_several_sections() -> None:
    found = bind_settings([light], {"fan": {"speed": 7}, "lamp": {"place": "desk"}})
    assert answer(found[0]) == "desk 7"
    assert bind_settings([light], {"fan": {"speed": 7}}) == []


def test_a_test_may_call_a_handler_with_settings_of_its_own(context: Context) -> None:
    assert blow(Nothing(), context, Fan(speed=9)) == {"speed": 9, "token": "none"}


@pytest.fixture
def context() -> Context:
    envelope = Envelope(task_id="t", attempt=1, label="ops-blow")
    return InlineContext(
        envelope, lambda: LogCollector("t", 1, limit_bytes=10**6, allowance=Allowance(10**6))
    )


@pytest.mark.parametrize(
    ("told", "field", "hint"),
    [
        ({"sped": 3}, "handlers.fan.sped", "did you mean speed?"),
        ({"room": {"widht": 3}}, "handlers.fan.room.widht", "did you mean width?"),
        ({"zzzzz": 3}, "handlers.fan.zzzzz", "known here: room, speed, token"),
        ({"speed": "fast"}, "handlers.fan.speed", None),
    ],
)
def test_a_wrong_setting_is_refused_by_its_full_name(
    told: dict[str, JsonValue], field: str, hint: str | None
) -> None:
    with pytest.raises(BadInput) as refused:
        bind_settings([blow], {"fan": told})
    assert (refused.value.field, refused.value.hint) == (field, hint)
    assert refused.value.message.startswith(f"setting {field}: ")


def test_a_secret_is_not_shown() -> None:
    settings = Settings(handlers={"fan": {"token": "s3cret"}})
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(Fan.model_validate(settings.handlers["fan"]))
    with pytest.raises(BadInput) as refused:
        bind_settings([blow], {"fan": {"token": ["s3cret"]}})
    assert "s3cret" not in str(refused.value.problem())


def test_without_what_it_must_be_told_a_handler_is_not_offered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    assert bind_settings([shine, idle], {}) == [idle]
    assert caplog.messages == [
        "Not offered here: ops-shine: setting handlers.lamp.place: Field required"
    ]
    with pytest.raises(BadInput):
        bind_settings([shine], {"lamp": {}})


def test_a_section_that_nobody_reads_is_mentioned_with_the_nearest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    check_sections([blow, shine, idle], {"fann": {}, "lamp": {}, "power": {}})
    assert caplog.messages == [
        "No handler that is installed here reads [handlers.fann]: did you mean [handlers.fan]?",
        "No handler that is installed here reads [handlers.power]",
    ]


def test_two_models_of_one_section_are_refused() -> None:
    with pytest.raises(BadInput, match=r"both read \[handlers.fan\]"):
        check_sections([blow, blow_too], {})


def test_a_bad_declaration_is_refused() -> None:
    def unknown(params: Nothing, context: Context, extra: int) -> None: ...
    def nameless(params: Nothing, context: Context, settings: Nameless) -> None: ...

    with pytest.raises(TypeError, match="annotate extra"):
        handler("ops-x", params=Nothing)(unknown)
    with pytest.raises(TypeError, match="give it a section"):
        handler("ops-x", params=Nothing)(nameless)
