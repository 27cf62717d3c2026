"""What `ygg up` would run, without running it."""

import signal
import stat
import sys
from pathlib import Path

import pytest

from ygg.embedded import plan, state, valkey
from ygg.embedded.ports import Claims, url_of
from ygg.errors import BadInput
from ygg.machine_settings import ModelSettings
from ygg.settings import CoordinatorSettings, load


@pytest.fixture
def settings(nothing_set):
    """Makes settings as if nothing else were set on this machine."""
    return lambda **more: load(data_dir=nothing_set / "data", **more)


def parts_of(settings, **wish):
    made = plan.make(settings, plan.Wish(**wish))
    return made, {part.name: part for part in made.parts}


def test_a_fleet_is_four_processes_told_of_each_other_by_environment(settings):
    made, parts = parts_of(settings(), concurrency=3)
    assert list(parts) == ["valkey", "coordinator", "executor", "flower"]
    assert parts["coordinator"].argv == (sys.executable, "-P", "-m", "coordinator")
    assert parts["executor"].argv == (sys.executable, "-P", "-m", "executors")
    assert parts["flower"].argv == (sys.executable, "-P", "-m", "coordinator.flower")
    for name in ("coordinator", "executor", "flower"):
        assert parts[name].environment["YGG_REDIS_URL"] == made.redis_url
    assert parts["executor"].environment["YGG_EXECUTOR__QUEUES"] == '["*"]'
    assert parts["executor"].environment["YGG_EXECUTOR__CONCURRENCY"] == "3"
    port = parts["coordinator"].environment["YGG_COORDINATOR__PORT"]
    assert made.url == f"http://127.0.0.1:{port}"


def test_no_secret_is_on_a_command_line(settings):
    made, parts = parts_of(settings())
    secret = made.redis_url.split(":")[2].split("@")[0]
    assert len(secret) >= 24
    assert not any(secret in word for part in parts.values() for word in part.argv)


def test_the_executor_may_take_as_long_to_stop_as_it_may_drain(settings):
    _, parts = parts_of(settings())
    assert parts["executor"].stop_seconds > settings().executor.drain_seconds


def test_only_the_executor_is_hurried_by_a_signal_of_its_own(settings):
    _, parts = parts_of(settings())
    hurried = {name: part.hurry for name, part in parts.items()}
    assert hurried.pop("executor") is signal.SIGQUIT
    assert set(hurried.values()) == {signal.SIGTERM}


def test_in_a_hurry_nobody_hands_out_what_the_executor_hands_back(settings):
    _, parts = parts_of(settings())
    order = sorted(parts, key=lambda name: parts[name].hurried_turn)
    assert order.index("coordinator") < order.index("executor") < order.index("valkey")


def test_a_named_broker_is_used_and_none_started(settings):
    made, parts = parts_of(settings(redis_url="redis://:secret@127.0.0.1:1/1"), flower=False)
    assert list(parts) == ["coordinator", "executor"]
    assert made.redis_url == "redis://:secret@127.0.0.1:1/1"
    assert made.flower_url is None
    assert "the broker at redis://:***@127.0.0.1:1/1 cannot be reached" in made.notices[-1]


def test_queues_that_were_chosen_are_left_alone(settings, monkeypatch):
    monkeypatch.setenv("YGG_EXECUTOR__QUEUES", '["dev"]')
    _, parts = parts_of(settings(), flower=False)
    assert "YGG_EXECUTOR__QUEUES" not in parts["executor"].environment


def test_the_settings_file_is_found_from_anywhere(settings, tmp_path):
    (tmp_path / "ygg.toml").write_text("[executor]\nconcurrency = 2\n")
    _, parts = parts_of(settings(), flower=False)
    assert parts["executor"].environment["YGG_CONFIG"] == str(tmp_path / "ygg.toml")


def test_a_port_from_the_settings_that_is_taken_is_refused(settings):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        chosen = CoordinatorSettings(port=taken.getsockname()[1])
        with pytest.raises(BadInput) as refused:
            plan.make(settings(coordinator=chosen), plan.Wish(flower=False))
    assert refused.value.field == "coordinator.port"
    assert "--port" in (refused.value.hint or "")


def test_an_address_of_another_machine_is_refused(settings):
    elsewhere = CoordinatorSettings(host="192.0.2.1")
    with pytest.raises(BadInput) as refused:
        plan.make(settings(coordinator=elsewhere), plan.Wish(flower=False))
    assert refused.value.field == "coordinator.host"


def test_valkey_forgets_nothing_and_is_shut_to_strangers(tmp_path):
    text = valkey.prepare(tmp_path, Claims()).config_file.read_text()
    for line in ("appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"):
        assert line in text.splitlines()
    assert "bind 127.0.0.1" in text
    assert "requirepass " in text


def test_valkey_keeps_its_port_and_password(tmp_path):
    first = Claims()
    before = valkey.prepare(tmp_path, first)
    first.release()
    after = valkey.prepare(tmp_path, Claims())
    assert after == before


def test_valkey_changes_its_port_when_somebody_has_it(tmp_path):
    import socket

    before = valkey.prepare(tmp_path, Claims())
    with socket.create_server(("127.0.0.1", before.port)):
        assert valkey.prepare(tmp_path, Claims()).port != before.port


def test_addresses_can_be_typed_into_a_browser():
    assert url_of("0.0.0.0", 80) == "http://127.0.0.1:80"  # noqa: S104
    assert url_of("::", 80) == "http://[::1]:80"


def test_one_fleet_a_folder(tmp_path):
    lock = state.take_lock(tmp_path)
    assert lock is not None
    assert state.take_lock(tmp_path) is None
    lock.release()
    assert state.holder(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"parts": {"a": {}}}'])
def test_a_state_file_that_says_nothing_is_no_fleet(tmp_path, text):
    (tmp_path / "embedded.json").write_text(text)
    assert state.read(tmp_path) is None


@pytest.fixture
def gguf(tmp_path):
    file = tmp_path / "tiny.gguf"
    file.touch()
    return file


def test_an_embedded_model_is_one_more_process_that_the_executor_is_told_of(settings, gguf):
    models = ModelSettings(adapter="embedded", gguf=gguf)
    _, parts = parts_of(settings(models=models), flower=False)
    assert list(parts) == ["valkey", "coordinator", "model", "executor"]
    assert parts["model"].argv == (sys.executable, "-P", "-m", "ygg.models.serve")
    told = parts["executor"].environment
    for name in ("YGG_MODELS__URL", "YGG_MODELS__API_KEY_FILE"):
        assert told[name] == parts["model"].environment[name]
        assert name not in parts["coordinator"].environment
    assert told["YGG_MODELS__URL"].startswith("http://127.0.0.1:")
    key_file = Path(told["YGG_MODELS__API_KEY_FILE"])
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_place_chosen_for_the_embedded_model_is_left_alone(settings, gguf):
    models = ModelSettings(adapter="embedded", gguf=gguf, url="http://127.0.0.1:9999/v1")
    _, parts = parts_of(settings(models=models), flower=False)
    assert parts["model"].environment["YGG_MODELS__URL"] == "http://127.0.0.1:9999/v1"


@pytest.mark.parametrize("file", [None, "/nowhere/tiny.gguf"])
def test_an_embedded_model_without_its_file_is_refused_with_the_way_out(settings, file):
    models = ModelSettings(adapter="embedded", gguf=file)
    with pytest.raises(BadInput) as refused:
        plan.make(settings(models=models), plan.Wish(flower=False))
    assert refused.value.field == "models.gguf"
    assert "scripts/model" in refused.value.hint


@pytest.mark.parametrize("adapter", ["ollama", "openai"])
def test_a_model_served_elsewhere_is_not_started(settings, adapter):
    models = ModelSettings(adapter=adapter, url="http://127.0.0.1:1/v1")
    _, parts = parts_of(settings(models=models), flower=False)
    assert "model" not in parts
