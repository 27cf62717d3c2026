"""What `ygg registry init` makes, what it keeps, and what it leaves alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from registry.home import Home
from registry.hosting.accounts import holds
from registry.hosting.authority import (
    certified,
    has_its_key,
    is_authority_of_key,
    is_signed_by_authority,
    make_certificate,
)
from registry.hosting.begin import begin, renewed_certificate, secret_of
from registry.hosting.pairs import Step
from registry.hosting.starting import check
from registry.signatures.signing import make_key, read_key, read_public_key
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings
from ygg.settings import Settings

SETTINGS = RegistrySettings(address="fenrir:7430")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "registry", tmp_path / "registry" / "storage")


def again(home: Home, **more: object) -> dict[str, Step]:
    return {step.what: step for step in begin(SETTINGS, home, **more)}  # type: ignore[arg-type]


def is_whole(home: Home) -> bool:
    return (
        is_authority_of_key(home)
        and is_signed_by_authority(home)
        and has_its_key(home)
        and read_key(home.signing_key).public.pem == read_public_key(home.public_key).pem
        and holds(home.accounts, "ygg", home.password.read_text().strip())
        and len(secret_of(home)) == 64
    )


def texts(home: Home, errors: str = "strict") -> dict[str, str]:
    files = (file for file in home.folder.iterdir() if file.is_file())
    return {file.name: file.read_text(errors=errors) for file in files}


def test_keys_that_lie_in_a_safe_are_never_made_anew(home: Home) -> None:
    again(home)
    home.authority_key.unlink()
    home.signing_key.unlink()
    before = texts(home)
    found = again(home)
    assert texts(home) == before
    assert {found[what].came for what in ("authority", "signing key", "certificate")} == {"kept"}
    assert "ca.key is not here: no certificate" in found["authority"].note
    assert "signing.key is not here: no image can be signed" in found["signing key"].note


def test_what_needs_the_key_in_the_safe_is_refused_and_a_person_may_begin_anew(home: Home) -> None:
    again(home)
    home.authority_key.unlink()
    before = texts(home)
    with pytest.raises(BadInput, match=r"ca\.key is not here.* fenrir\.tail") as refused:
        again(home, names=["fenrir.tail"])
    assert "--new-authority" in (refused.value.hint or "")
    make_key(home.signing_key, home.public_key)
    home.signing_key.unlink()
    found = again(home, new_authority=True, new_signing_key=True)
    assert is_whole(home)
    assert found["certificate"].came == "renewed"
    assert "new ca.pem" in found["authority"].note
    assert texts(home)["ca.pem"] != before["ca.pem"]


def test_a_machine_that_only_pulls_is_not_made_a_registry(home: Home, tmp_path: Path) -> None:
    again(home)
    machine = Home(tmp_path / "machine", tmp_path / "machine" / "storage")
    machine.folder.mkdir()
    for name in ("ca.pem", "signing.pub", "password"):
        (machine.folder / name).write_bytes((home.folder / name).read_bytes())
    before = texts(machine)
    with pytest.raises(BadInput, match="is not here"):
        again(machine)
    assert texts(machine) == before
    assert not machine.storage.exists()


@pytest.mark.parametrize("name", ["ca.pem", "registry.pem", "registry.key", "signing.pub"])
def test_half_of_what_was_made_is_mended(home: Home, name: str) -> None:
    again(home)
    kept = texts(home)
    (home.folder / name).unlink()
    again(home)
    assert is_whole(home)
    same = ("ca.key", "signing.key", "signing.pub", "password", "secret")
    assert {name: texts(home)[name] for name in same} == {name: kept[name] for name in same}


@pytest.mark.parametrize("name", ["secret", "htpasswd", "registry.pem", "registry.key", "password"])
def test_an_empty_file_is_as_none(home: Home, name: str) -> None:
    again(home)
    (home.folder / name).write_text("")
    again(home)
    assert is_whole(home)


def test_machines_that_have_the_old_authority_go_on_with_one_made_of_its_key(home: Home) -> None:
    again(home)
    old = home.authority.read_bytes()
    home.authority.unlink()
    assert again(home)["authority"].came == "mended"
    make_certificate(home, ["fenrir"])
    home.authority.write_bytes(old)
    assert is_signed_by_authority(home)


def test_halves_of_two_pairs_are_told(home: Home, tmp_path: Path) -> None:
    again(home)
    make_key(home.signing_key, tmp_path / "other.pub")
    with pytest.raises(BadInput, match="is not the public half") as refused:
        again(home)
    assert "--new-signing-key" in (refused.value.hint or "")


def test_a_lost_key_of_the_certificate_is_made_at_a_start(home: Home) -> None:
    again(home)
    assert not renewed_certificate(SETTINGS, home)
    home.certificate_key.unlink()
    assert renewed_certificate(SETTINGS, home)
    assert is_whole(home)


def test_without_any_key_it_is_not_started(home: Home) -> None:
    again(home)
    home.certificate_key.unlink()
    home.authority_key.unlink()
    with pytest.raises(BadInput, match=r"registry\.key is not the key") as refused:
        check(Settings(registry=SETTINGS), home)
    assert "put it back" in (refused.value.hint or "")


def test_two_at_once_make_one(home: Home) -> None:
    came: list[str] = []

    def run() -> None:
        came.extend(step.came for what, step in again(home).items() if what != "configuration")

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert is_whole(home)
    assert [came.count(one) for one in ("made", "kept")] == [5, 10]


@pytest.mark.parametrize("name", ["", "a b;c", "bücher", "-x", "a..b", "fenrir:7430"])
def test_a_name_that_is_none_is_refused_before_anything_is_made(home: Home, name: str) -> None:
    with pytest.raises(BadInput, match="no name of a machine") as refused:
        again(home, names=[name])
    assert refused.value.field == "--name"
    assert name != "bücher" or "xn--bcher-kva" in (refused.value.allowed or [])
    assert not home.folder.exists()


def test_names_and_addresses_of_all_kinds_stand_in_the_certificate(home: Home) -> None:
    again(home, names=["fenrir.tail", "fd00::1", "[fd00::2]", "10.0.0.7"])
    assert certified(home.certificate).names == {
        *("fenrir", "fenrir.tail", "fd00::1", "fd00::2", "10.0.0.7"),
        *("localhost", "127.0.0.1", "::1", socket.gethostname()),
    }


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"address": "fenrir:7430", "mirror_of": "https://images.example"},
        {"address": "fenrir:7430", "user": "a b"},
    ],
)
def test_without_what_it_needs_nothing_is_made(home: Home, told: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        list(begin(RegistrySettings.model_validate(told), home))
    assert not home.folder.exists()


@pytest.mark.parametrize("line", ["ygg:plain", "ygg:", "ygg", "ygg:$2b$04$short", "\0\xff"])
def test_accounts_that_somebody_wrote_by_hand_are_made_anew(home: Home, line: str) -> None:
    again(home)
    home.accounts.write_bytes(line.encode("latin-1"))
    assert not holds(home.accounts, "ygg", "secret")
    again(home)
    assert is_whole(home)


@pytest.mark.parametrize("secret", [b"x" * 73, b"p\xe4ss", b"a\0b"])
def test_a_password_of_ones_own_that_cannot_be_is_told(home: Home, secret: bytes) -> None:
    home.folder.mkdir()
    home.password.write_bytes(secret)
    with pytest.raises(BadInput, match="password"):
        again(home)
    assert texts(home, errors="replace").keys() == {"password"}


def typed(folder: Path, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YGG_")}
    command = [sys.executable, "-P", "-m", "ygg.cli", "registry", "init", *words]
    return subprocess.run(
        ["sh", "-c", f'{before} exec "$@"', "sh", *command],
        env={**kept, "YGG_DATA_DIR": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "conf")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [(), ("--address", "bücher:7611"), ("--address", "fenrir:7611", "--name", "bücher")],
)
def test_what_is_refused_leaves_nothing_behind(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = typed(tmp_path, *words)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_no_success(tmp_path: Path) -> None:
    done = typed(tmp_path, "--address", "fenrir:7611", before="ulimit -f 0;")
    assert done.returncode == 1
    assert f"{tmp_path}/data/registry/" in done.stderr
    assert "File too large" in done.stderr
    assert "done" not in done.stderr
    assert not [file for file in (tmp_path / "data/registry").iterdir() if file.name[0] == "."]
    assert not (tmp_path / "conf").exists()
