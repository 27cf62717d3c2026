"""Where the command line's requests go, and who is shown the administrator's token."""

import json

import pytest

from ygg import lock, target
from ygg.errors import Unreachable

URL = "http://127.0.0.1:7999"


@pytest.fixture
def folder(nothing_set, monkeypatch):
    """A data folder with a token."""
    found = nothing_set / "data"
    monkeypatch.setenv("YGG_DATA_DIR", str(found))
    found.mkdir()
    (found / "admin.token").write_text("secret\n")
    return found


@pytest.fixture
def running(folder):
    """As while a coordinator runs on the folder."""
    held = lock.take(target.coordinator_file(folder), URL)
    yield folder
    held.release()


def embedded(folder, *, pid):
    text = json.dumps({"url": URL, "pid": pid})
    target.state_file(folder).write_text(text)


def test_nothing_is_sent_anywhere_while_nothing_runs(folder):
    embedded(folder, pid=1)  # as a fleet leaves it that was killed
    with pytest.raises(Unreachable, match="not running") as refused:
        target.find_target()
    assert "ygg up --detach" in (refused.value.hint or "")


def test_a_running_coordinator_is_found_and_shown_the_token(running):
    assert target.find_target() == target.Target(URL, "secret")


def test_an_embedded_fleet_is_found_while_its_coordinator_is_started_again(folder):
    embedded(folder, pid=4711)
    held = lock.take(target.lock_file(folder), "4711")
    assert target.find_target() == target.Target(URL, "secret")
    held.release()


def test_a_fleet_that_is_only_starting_is_not_sought_where_the_one_before_it_was(folder):
    embedded(folder, pid=4711)
    held = lock.take(target.lock_file(folder), "4712")
    with pytest.raises(Unreachable):
        target.find_target()
    held.release()


@pytest.mark.parametrize("url", ["http://127.0.0.1:7420", "http://192.0.2.1:7999", "nonsense"])
def test_another_coordinator_is_not_shown_this_one_s_token(running, monkeypatch, url):
    monkeypatch.setenv("YGG_URL", url)
    assert target.find_target() == target.Target(url, None)


@pytest.mark.parametrize("url", [URL, f"{URL}/", "http://localhost:7999"])
def test_this_machine_s_coordinator_is_known_by_any_name(running, monkeypatch, url):
    monkeypatch.setenv("YGG_URL", url)
    assert target.find_target().token == "secret"


def test_a_named_coordinator_is_not_shown_the_token_of_one_that_is_down(folder, monkeypatch):
    monkeypatch.setenv("YGG_URL", URL)
    assert target.find_target() == target.Target(URL, None)


def test_a_token_that_is_given_goes_to_the_usual_address(folder, monkeypatch):
    monkeypatch.setenv("YGG_TOKEN", "mine")
    assert target.find_target() == target.Target(target.DEFAULT_URL, "mine")


def test_the_data_folder_is_the_one_in_the_settings_file(folder, tmp_path, monkeypatch):
    monkeypatch.delenv("YGG_DATA_DIR")
    (tmp_path / "ygg.toml").write_text('data_dir = "/elsewhere"\n')
    assert str(target.data_dir()) == "/elsewhere"
