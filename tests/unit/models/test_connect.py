"""What settings make of a connection, before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from ygg.errors import BadInput, ModelUnreachable, YggError
from ygg.machine_settings import ModelSettings
from ygg.models.answers import Chunk
from ygg.models.connect import connect
from ygg.models.json_answers import Form
from ygg.models.key import api_key
from ygg.models.openai import options
from ygg.models.port import Options
from ygg.models.trouble import what_it_says
from ygg.settings import Settings


def test_without_an_adapter_there_is_no_model() -> None:
    with pytest.raises(BadInput) as refused:
        connect(ModelSettings())
    assert refused.value.field == "models.adapter"


def test_an_openai_server_must_be_named() -> None:
    with pytest.raises(BadInput) as refused:
        connect(ModelSettings(adapter="openai"))
    assert refused.value.field == "models.url"


def test_a_key_comes_from_one_place(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-1\n")
    assert api_key(ModelSettings(api_key_file=file)) == "sk-1"
    assert api_key(ModelSettings(api_key=SecretStr("sk-2"))) == "sk-2"
    assert api_key(ModelSettings()) is None
    with pytest.raises(ValidationError):
        ModelSettings(api_key=SecretStr("sk-2"), api_key_file=file)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"two\nlines", "ß".encode()])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        api_key(ModelSettings(api_key_file=file))
    assert "lines" not in refused.value.message


def test_a_missing_key_is_a_mistake_or_a_model_that_never_began(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        api_key(ModelSettings(adapter="openai", api_key_file=tmp_path / "none"))
    with pytest.raises(ModelUnreachable):
        api_key(ModelSettings(adapter="embedded", api_key_file=tmp_path / "none"))


def test_only_what_was_said_is_asked_for() -> None:
    assert options(Options()) == {}
    assert options(Options(max_tokens=5, temperature=0, seed=0, stop=("x",))) == {
        "max_tokens": 5,
        "temperature": 0,
        "seed": 0,
        "stop": ["x"],
    }


def test_handlers_are_told_of_the_model_where_there_is_one(tmp_path: Path) -> None:
    def tables(**models: object) -> dict[str, object]:
        own = {"ollama": {"insecure_registries": True}, "disk": {"path": "/"}}
        return dict(Settings(data_dir=tmp_path, models=models, handlers=own).handler_tables)  # type: ignore[arg-type]

    assert set(tables()) == {"ollama", "disk"}
    told = {"guard_dir": tmp_path / "model-guard"}
    openai = tables(adapter="openai", model="m")["models"]
    assert openai == {"adapter": "openai", "model": "m"} | told
    assert (
        tables(adapter="ollama")["ollama"]
        == {
            "adapter": "ollama",
            "insecure_registries": True,
        }
        | told
    )
    embedded = tables(adapter="embedded")["models"]
    assert embedded == {"adapter": "embedded", "api_key_file": tmp_path / "model.key"} | told
    shared = tables(adapter="ollama", guard_dir="/run/ygg-models")["models"]
    assert shared == {"adapter": "ollama", "guard_dir": Path("/run/ygg-models")}


def test_as_many_are_asked_at_a_time_as_are_answered() -> None:
    assert ModelSettings(adapter="ollama").requests_at_a_time == 2
    assert ModelSettings(adapter="embedded", parallel=3).requests_at_a_time == 3
    assert ModelSettings(adapter="embedded", most_requests=1).requests_at_a_time == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"error": {"message": "too long", "code": 400}}', "too long"),
        (b'{"error": "not found"}', "not found"),
        (b'{"detail": "not allowed"}', "not allowed"),
        (b'{"message": "odd"}', "odd"),
        (b"<html>", "<html>"),
        (b"", ""),
        (b"[1]", "[1]"),
    ],
)
def test_the_message_is_found_in_what_a_server_answers(content: bytes, said: str) -> None:
    assert what_it_says(content) == said


FORM = Form({"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]})


@pytest.mark.parametrize("text", ["", "{", '{"n": "1"}', "{}", '{"n": NaN}', "[" * 100_000])
def test_an_answer_that_does_not_fit_is_not_taken(text: str) -> None:
    with pytest.raises(YggError):
        FORM.read(text)


def test_an_answer_that_fits_is_taken() -> None:
    assert FORM.read(' {"n": 1.5}\n') == {"n": 1.5}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "http://127.0.0.1:1/"},
        {"$ref": "file:///etc/passwd"},
        {"pattern": "("},
    ],
)
def test_a_schema_is_whole_and_one(schema: dict[str, str]) -> None:
    with pytest.raises(BadInput) as refused:
        Form(schema)  # type: ignore[arg-type]
    assert "root:" not in refused.value.message


@pytest.mark.parametrize(
    ("said", "cached"),
    [
        ({"usage": {"prompt_tokens_details": {"cached_tokens": 5}}, "timings": {"cache_n": 6}}, 5),
        ({"usage": {"prompt_tokens_details": {"cached_tokens": 0}}}, 0),
        ({"usage": {"prompt_tokens_details": None}, "timings": {"cache_n": 6}}, 6),
        ({"timings": {"prompt_n": 3}}, None),
        ({"usage": {"prompt_tokens_details": {}}}, None),
        ({}, None),
    ],
)
def test_cached_tokens_are_what_the_server_says_and_else_unknown(
    said: dict[str, object], cached: int | None
) -> None:
    assert Chunk.model_validate(said).tokens_cached == cached
