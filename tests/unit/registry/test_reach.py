"""By what a registry is reached, and what is said where its folder is closed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from registry.home import authority_of
from registry.moving.transfer import access
from registry.ping import trouble_of
from registry.reach import password_of
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings
from ygg.settings import Settings

NOBODY = 65534
HELD = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Root that is held to what others' folders allow."""


def settings(folder: Path, **told: object) -> Settings:
    registry = RegistrySettings.model_validate({"address": "localhost:7430", **told})
    return Settings(data_dir=folder, registry=registry)


def test_one_place_decides_which_authority_is_trusted(tmp_path: Path) -> None:
    home = tmp_path / "registry"
    home.mkdir()
    assert authority_of(settings(tmp_path)) is None
    (home / "ca.pem").touch()
    assert authority_of(settings(tmp_path)) == home / "ca.pem"
    assert authority_of(settings(tmp_path, plain_http=True)) is None
    named = settings(tmp_path, ca_file=tmp_path / "none.pem")
    with pytest.raises(BadInput, match=r"none\.pem: No such file"):
        authority_of(named)
    assert "none.pem" in (trouble_of(named) or "")


def test_podman_is_told_the_same_as_our_own_client(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "password").write_text("secret")
    with access(settings(tmp_path), "localhost:7430") as found:
        assert found.certificates is None
    (tmp_path / "registry" / "ca.pem").write_text("an authority")
    with access(settings(tmp_path), "localhost:7430") as found:
        assert found.certificates
        assert (found.certificates / "ca.crt").read_text() == "an authority"


def test_a_password_in_other_bytes_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"p\xe4ss")
    with pytest.raises(BadInput, match="no text in UTF-8"):
        password_of(settings(tmp_path, password_file=tmp_path / "password"))


@pytest.fixture
def anothers(tmp_path: Path) -> Path:
    """A data folder with a registry's in it that is another user's alone."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to be two users")
    home = tmp_path / "registry"
    (home / "storage").mkdir(parents=True)
    for file in ("ca.pem", "password", "secret"):
        (home / file).write_text("x")
    os.chown(home, NOBODY, NOBODY)
    home.chmod(0o700)
    return tmp_path


@pytest.mark.parametrize(
    "words", ["doctor", "registry status", "registry gc", "registry up", "images list"]
)
def test_whose_it_is_and_whom_to_be_is_told(anothers: Path, words: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YGG_")}
    done = subprocess.run(
        (*HELD, sys.executable, "-P", "-m", "ygg.cli", *words.split()),
        env={**kept, "YGG_DATA_DIR": str(anothers), "YGG_REGISTRY__ADDRESS": "localhost:1"},
        cwd=anothers,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = " ".join((done.stdout + done.stderr).split())
    owner = pwd.getpwuid(NOBODY).pw_name
    assert f"{anothers / 'registry'} belongs to {owner}: run this as {owner}, or as root" in said
    assert "Traceback" not in said
    assert "set YGG_DATA_DIR" not in said
    assert words != "doctor" or "FAIL registry" in said
