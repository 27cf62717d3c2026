"""Light verbs read few settings, and refuse what is misspelt all the same."""

import os
import subprocess
import sys

import pytest

from ygg.errors import BadInput
from ygg.settings import Settings
from ygg.spelling import SETTINGS, check_keys, check_variables

YGG = (sys.executable, "-P", "-m", "ygg.cli")


def run(folder, *arguments, **variables):
    environment = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
    environment |= {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder), **variables}
    return subprocess.run(
        (*YGG, *arguments), env=environment, cwd=folder, capture_output=True, text=True
    )


def test_the_names_are_those_of_the_settings():
    assert set(SETTINGS) == set(Settings.model_fields)


@pytest.mark.parametrize("verb", [("list",), ("submit", "--label", "dev-echo"), ("token", "list")])
def test_a_misspelt_key_of_the_file_is_refused_with_the_nearest(tmp_path, verb):
    (tmp_path / "ygg.toml").write_text('tokn = "secret"\n')
    done = run(tmp_path, *verb)
    assert done.returncode == 2
    assert "ygg.toml: 'tokn' is no setting" in done.stderr
    assert "did you mean token?" in done.stderr
    assert "secret" not in done.stderr


def test_a_misspelt_variable_is_refused_with_the_nearest(tmp_path):
    done = run(tmp_path, "list", YGG_TOKN="t")
    assert done.returncode == 2
    assert "did you mean YGG_TOKEN?" in done.stderr


def test_a_name_far_from_all_gets_the_list(tmp_path):
    with pytest.raises(BadInput) as refused:
        check_keys(tmp_path / "ygg.toml", ["url", "zzz"])
    assert "coordinator, data_dir" in (refused.value.hint or "")


def test_groups_and_the_place_of_the_file_are_no_mistake(monkeypatch):
    monkeypatch.setenv("YGG_EXECUTOR__CONCURRENCY", "4")
    monkeypatch.setenv("YGG_CONFIG", "/nowhere")
    check_variables()


@pytest.mark.parametrize("verb", [("list",), ("up", "--detach"), ("down",), ("logs", "0" * 12)])
def test_a_data_folder_that_is_a_file_is_wrong_usage(tmp_path, verb):
    (tmp_path / "file").write_text("")
    done = run(tmp_path, *verb, YGG_DATA_DIR=str(tmp_path / "file"))
    assert done.returncode == 2
    assert f"the data folder {tmp_path / 'file'} cannot be used: " in done.stderr
    assert "hint: set YGG_DATA_DIR to a folder that you may write to" in done.stderr


def test_doctor_finds_a_data_folder_that_is_none(tmp_path):
    (tmp_path / "file").write_text("")
    done = run(tmp_path, "doctor", YGG_DATA_DIR=str(tmp_path / "file"))
    assert done.returncode == 4
    assert "FAIL  data folder" in done.stdout
    assert "is no folder" in done.stdout
