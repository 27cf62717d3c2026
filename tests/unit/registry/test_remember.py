"""What is written into a person's ygg.toml, and what is left to them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from registry.hosting.remember import remember
from ygg.errors import Conflict

TOLD = {"address": "fenrir:7430"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YGG_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "yggdrasil" / "ygg.toml"


def test_a_file_is_made_where_there_is_none(config: Path) -> None:
    assert remember(TOLD) == config
    assert config.read_text() == '[registry]\naddress = "fenrir:7430"\n'
    assert remember(TOLD) is None


def test_what_a_person_wrote_stays_as_it_is(config: Path) -> None:
    own = Path("ygg.toml")
    own.write_text("# mine\nlog_level = 'debug'\n\n[executor]\nconcurrency = 3 # enough")
    own.chmod(0o640)
    assert remember(TOLD) == own
    assert own.read_text().startswith(
        "# mine\nlog_level = 'debug'\n\n[executor]\nconcurrency = 3 # enough\n\n[registry]\n"
    )
    assert tomllib.loads(own.read_text())["executor"] == {"concurrency": 3}
    assert own.stat().st_mode & 0o777 == 0o640
    assert not config.exists()


def test_a_table_that_says_otherwise_is_its_writers(config: Path) -> None:
    Path("ygg.toml").write_text('[registry]\naddress = "surtr:7430" # the old one\n')
    with pytest.raises(Conflict, match="says otherwise") as refused:
        remember(TOLD)
    assert refused.value.hint == 'under [registry] there: address = "fenrir:7430"'
    assert "the old one" in Path("ygg.toml").read_text()
