"""Settings come from the environment, over the file, over the defaults; wrong ones are named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ygg.errors import BadInput
from ygg.settings import DeliverySettings, Settings, load


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder, and none of the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("YGG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(**overrides: object) -> BadInput:
    with pytest.raises(BadInput) as found:
        load(**overrides)
    return found.value


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "ygg.toml").write_text('log_level = "debug"\n[executor]\nconcurrency = 3\n')
    monkeypatch.setenv("YGG_EXECUTOR__CONCURRENCY", "4")
    found = load()
    assert found.log_level == "debug"
    assert found.executor.concurrency == 4
    assert found.coordinator.port == 7420


def test_a_file_may_be_named_and_may_stand_in_the_users_folder(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = elsewhere / "config" / "yggdrasil"
    folder.mkdir(parents=True)
    (folder / "ygg.toml").write_text('log_level = "warning"')
    assert load().log_level == "warning"
    (elsewhere / "other.toml").write_text('log_level = "error"')
    monkeypatch.setenv("YGG_CONFIG", str(elsewhere / "other.toml"))
    assert load().log_level == "error"


def test_a_named_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YGG_CONFIG", "/nowhere/ygg.toml")
    assert "/nowhere/ygg.toml" in refused().message


def test_routes_and_queues_are_data_in_the_file(elsewhere: Path) -> None:
    (elsewhere / "ygg.toml").write_text(
        '[routes]\ndefault_queue = "rest"\n'
        '[[routes.table]]\nprefix = "code-"\nqueue = "code"\nrequires = ["gpu"]\n'
        '[[routes.table]]\nprefix = "code-review-"\nqueue = "review"\n'
        "[queues.code]\nlimit = 2\n"
    )
    found = load()
    assert found.routes.match("code-review-x").queue == "review"
    assert found.routes.match("code-x").requires == {"gpu"}
    assert found.routes.match("dev-run").queue == "rest"
    assert found.queues["code"].limit == 2


def test_a_route_is_added_without_repeating_the_table(elsewhere: Path) -> None:
    (elsewhere / "ygg.toml").write_text('[[routes.extra]]\nprefix = "photo-"\nqueue = "photo"\n')
    found = load()
    assert found.routes.match("photo-resize").queue == "photo"
    assert found.routes.match("dev-run").queue == "dev"


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        ("log_levle = 'info'", "log_levle", "did you mean log_level?"),
        ("[executor]\nconcurency = 2", "executor.concurency", "did you mean concurrency?"),
        ("[delivery]\nlease_second = 2", "delivery.lease_second", "did you mean lease_seconds?"),
        ("[routes]\ndefault_queu = 'x'", "routes.default_queu", "did you mean default_queue?"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_one(
    elsewhere: Path, text: str, field: str, hint: str
) -> None:
    (elsewhere / "ygg.toml").write_text(text)
    error = refused()
    assert (error.field, error.hint) == (field, hint)


def test_an_unknown_key_like_no_other_is_refused_with_all_that_are_known(elsewhere: Path) -> None:
    (elsewhere / "ygg.toml").write_text("[flower]\nzzzzzz = 1")
    assert refused().hint == "known here: host, port, user"


@pytest.mark.parametrize(
    ("name", "field", "hint"),
    [
        ("YGG_REDIS_ULR", "YGG_REDIS_ULR", "did you mean YGG_REDIS_URL?"),
        ("YGG_EXECUTER__NAME", "YGG_EXECUTER__NAME", "did you mean YGG_EXECUTOR?"),
        (
            "YGG_EXECUTOR__CONCURENCY",
            "executor.concurency",
            "did you mean concurrency?",
        ),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, name: str, field: str, hint: str
) -> None:
    monkeypatch.setenv(name, "1")
    error = refused()
    assert (error.field, error.hint) == (field, hint)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[coordinator]\nport = 70000", "coordinator.port"),
        ("[executor]\nconcurrency = 0", "executor.concurrency"),
        ("[executor]\nconcurrency = 'two'", "executor.concurrency"),
        ("[queues.dev]\nlimit = 0", "queues.dev.limit"),
        ("[[routes.table]]\nprefix = 'dev'\nqueue = 'dev'", "routes.table.0.prefix"),
        ("[delivery]\nlease_seconds = 8\nmargin_seconds = 5", "delivery"),
    ],
)
def test_a_wrong_value_is_refused_by_name(elsewhere: Path, text: str, field: str) -> None:
    (elsewhere / "ygg.toml").write_text(text)
    error = refused()
    assert error.field == field
    assert field in error.message


def test_a_file_that_is_not_toml_is_refused_by_its_name(elsewhere: Path) -> None:
    (elsewhere / "ygg.toml").write_text("[executor\n")
    assert "ygg.toml" in refused().message


def test_secrets_are_not_shown() -> None:
    shown = repr(load(redis_url="redis://:hunter2@h/0", token="hunter3"))
    assert "hunter" not in shown


def test_a_lease_is_remembered_longer_than_any_message_can_live() -> None:
    for message in (10, 3600):
        delivery = DeliverySettings(message_seconds=message)
        assert delivery.keep_seconds > delivery.message_seconds


def test_an_executor_takes_its_routes_queues_unless_told_otherwise() -> None:
    assert load(executor={"name": "huginn"}).executor_queues == ("ops", "power")
    assert load(executor={"name": "huginn", "queues": ["dev"]}).executor_queues == ("dev",)
    everything = load(executor={"name": "x", "queues": ["*"]})
    assert everything.executor_queues == tuple(everything.routes.queues())


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().log_level = "debug"


def test_every_setting_says_what_it_is() -> None:
    for name, group in Settings.model_fields.items():
        assert group.description or hasattr(group.annotation, "model_fields"), name
        for inner, field in getattr(group.annotation, "model_fields", {}).items():
            assert field.description or name == "routes", f"{name}.{inner}"
