"""Images between podman and the registry: signed before they have a name, pulled by digest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from registry.image_config import REVISION
from registry.moving.archive import read, save
from registry.moving.loading import check_signed, into_podman, into_registry
from registry.moving.transfer import Parcel, Signer, access, pull, push
from registry.names import ImageName, image_of
from registry.reach import reach
from registry.signatures.attachments import verified
from registry.signatures.signing import Key, Signature, read_key, read_public_key
from registry.versions import is_passing, tags_for, version_of
from tests import podman
from tests.conftest import unavailable
from tests.served_registry import Served
from tests.services import ServiceMissing
from ygg.adapters import podman as adapter
from ygg.adapters import podman_run
from ygg.errors import BadInput, Conflict, Denied, NotFound, YggError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    try:
        with podman.storage() as variables:
            yield variables
    except ServiceMissing as error:
        unavailable(error)


@pytest.fixture(autouse=True)
def _own_store(store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in store.items():
        monkeypatch.setenv(name, value)


def parcel(served: Served, version: str, local: str = podman.IMAGE) -> Parcel:
    name = image_of(f"executor:{version}", served.address)
    tags = tuple(tags_for(version_of(version), COMMIT, []))
    return Parcel(local, name, tags, tags[-1])


def signer(served: Served) -> Signer:
    return Signer(read_key(served.home.signing_key), "matt on fenrir", 1_800_000_000)


def changed(tag: str, word: str) -> str:
    """The same image with another label."""
    name = f"localhost/ygg-changed:{tag}"
    subprocess.run(
        ["podman", "import", "--change", f"LABEL word={word}", "-", name],
        input=podman.root(),
        check=True,
        capture_output=True,
        env=os.environ,
    )
    return name


def looked_after() -> str:
    """With a health check, which images of OCI's own format cannot have."""
    name = "localhost/ygg-looked-after:1"
    subprocess.run(
        ["podman", "build", "--format", "docker", "--tag", name, "-"],
        input=f'FROM {podman.IMAGE}\nHEALTHCHECK CMD ["true"]\n'.encode(),
        check=True,
        capture_output=True,
    )
    return name


def test_what_is_pushed_is_signed_and_pulled_by_its_digest(served: Served) -> None:
    key = read_public_key(served.home.public_key)
    with reach(served.settings) as registry, access(served.settings, served.address) as with_:
        moved = push(registry, with_, parcel(served, "0.2.0"), signer(served))
        assert moved.tags == ("0.2.0", "latest", "git-0123456789ab")
        for tag in moved.tags:
            name = moved.name.tagged(tag)
            said = verified(registry, name, moved.digest, key).by_name(name)
            assert said is not None
            assert said.creator == "matt on fenrir"
        pulled = pull(registry, with_, moved.name, key)
        assert (pulled.digest, pulled.was_there) == (moved.digest, False)
        assert podman_run.exists(str(moved.name))
        assert podman_run.exists(str(moved.name.pinned(moved.digest)))
        assert pull(registry, with_, moved.name.tagged("latest"), key).was_there


def test_a_version_stays_what_it_is(served: Served) -> None:
    with reach(served.settings) as registry, access(served.settings, served.address) as with_:
        first = push(registry, with_, parcel(served, "0.3.0"), signer(served))
        assert push(registry, with_, parcel(served, "0.3.0"), signer(served)).was_there
        other = parcel(served, "0.3.0", changed("3", "other"))
        with pytest.raises(Conflict, match="is there already, and is another image") as refused:
            push(registry, with_, other, signer(served))
        assert "--replace" in (refused.value.hint or "")
        assert registry.head(first.name).digest == first.digest
        # Nothing of the refused one is left: no name of its commit, nor its manifest.
        commit = first.name.tagged(parcel(served, "0.3.0").revision_tag)
        assert registry.head(commit).digest == first.digest
        assert not [one for one in registry.tags("ygg-executor") if is_passing(one)]
        second = push(registry, with_, replace(other, replace=True), signer(served))
        assert registry.head(first.name).digest == second.digest != first.digest


class _Stops(Key):
    """As a push does that is stopped with Ctrl-C before it has signed."""

    def sign(self, name: ImageName, digest: str, creator: str, at: int) -> Signature:
        raise KeyboardInterrupt


def test_what_is_not_signed_yet_has_no_name(served: Served) -> None:
    stopped = replace(signer(served), key=_Stops(read_key(served.home.signing_key).private))
    with reach(served.settings) as registry, access(served.settings, served.address) as with_:
        one = parcel(served, "0.9.0", changed("9", "stopped"))
        one = replace(one, name=replace(one.name, repository="stopped/one"))
        with pytest.raises(KeyboardInterrupt):
            push(registry, with_, one, stopped)
        assert registry.tags("stopped/one") == []


def test_what_the_fleet_did_not_sign_is_not_pulled(served: Served) -> None:
    key = read_public_key(served.home.public_key)
    name = ImageName(served.address, "ygg-executor", "0.4.0")
    with reach(served.settings) as registry, access(served.settings, served.address) as with_:
        argv = adapter.push(changed("4", "unsigned"), str(name), with_.login, with_.certificates)
        podman_run.output(argv, "push")
        with pytest.raises(Denied, match="has no signature of the fleet's key"):
            pull(registry, with_, name, key)
        # Another image in the place of one that is signed.
        pushed = push(registry, with_, parcel(served, "0.5.0"), signer(served))
        unsigned = registry.manifest(name)
        registry.put_manifest(pushed.name, unsigned.raw, unsigned.media_type)
        with pytest.raises(Denied, match="has no signature of the fleet's key"):
            pull(registry, with_, pushed.name, key)
    assert not podman_run.exists(str(name))


def test_what_is_made_for_another_machine_is_refused(served: Served) -> None:
    key = read_public_key(served.home.public_key)
    other = "arm64" if os.uname().machine == "x86_64" else "amd64"
    argv = ["podman", "import", "--arch", other, "-", "localhost/ygg-foreign:1"]
    subprocess.run(argv, input=podman.root(), check=True, capture_output=True, env=os.environ)
    with reach(served.settings) as registry, access(served.settings, served.address) as with_:
        foreign = parcel(served, "0.8.0", "localhost/ygg-foreign:1")
        moved = push(registry, with_, foreign, signer(served))
        with pytest.raises(BadInput, match=f"is made for linux/{other}, and this machine is"):
            pull(registry, with_, moved.name, key)


def test_what_is_not_here_or_not_there_is_named(served: Served) -> None:
    key = read_public_key(served.home.public_key)
    with reach(served.settings) as registry, access(served.settings, served.address) as with_:
        with pytest.raises(NotFound, match="cannot push executor:"):
            push(registry, with_, parcel(served, "0.6.0", "localhost/none:1"), signer(served))
        with pytest.raises(NotFound):
            pull(registry, with_, ImageName(served.address, "ygg-executor", "9.9.9"), key)


def test_an_archive_brings_an_image_where_no_registry_is(served: Served, tmp_path: Path) -> None:
    file, by_digest = tmp_path / "image.tar", tmp_path / "by-digest.tar"
    key = read_public_key(served.home.public_key)
    with reach(served.settings) as registry, access(served.settings, served.address) as with_:
        local = looked_after()
        moved = push(registry, with_, parcel(served, "0.7.0", local), signer(served))
        save(registry, moved.name, file)
        save(registry, moved.name.pinned(moved.digest), by_digest)
    latest = str(moved.name.tagged("latest"))
    podman_run.output(adapter.remove([latest]), "remove")
    subprocess.run(["podman", "rmi", "--force", local], check=True, capture_output=True)
    archived = read(file)
    check_signed(archived, key)
    assert into_podman(file, archived) == moved.name
    told = json.loads(podman_run.output(["podman", "image", "inspect", str(moved.name)], "look"))
    assert moved.digest in json.dumps(told)
    assert told[0]["Healthcheck"]["Test"] == ["CMD", "true"]
    # The file is another one by the time that podman reads it.
    with pytest.raises(YggError, match="podman read another image"):
        into_podman(file, replace(archived, digest=f"sha256:{'0' * 64}"))
    assert not podman_run.exists(str(moved.name))
    pinned = read(by_digest)
    check_signed(pinned, key)
    assert into_podman(by_digest, pinned) == moved.name.pinned(moved.digest)
    assert podman_run.exists(str(moved.name.pinned(moved.digest)))
    assert not podman_run.exists(latest)
    with reach(served.settings) as registry:
        with pytest.raises(NotFound):
            registry.head(ImageName(served.address, "loaded/one", "1.0.0"))
        other = replace(archived, name=replace(archived.name, repository="loaded/one"))
        assert registry.head(into_registry(registry, file, other)).digest == moved.digest
        assert len(registry.tags("loaded/one")) == 2
        unsigned = registry.manifest(image_of("executor:0.4.0", served.address))
        registry.put_manifest(
            image_of("executor:0.7.0", served.address), unsigned.raw, unsigned.media_type
        )
        with pytest.raises(Conflict, match="is there already"):
            into_registry(registry, file, archived)
        into_registry(registry, file, archived, replace_it=True)
        assert registry.head(moved.name).digest == moved.digest


def _push(served: Served, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "ygg.cli", "images", "push", "executor", *words],
        env=os.environ | {n: v for n, v in served.environment.items() if n.startswith("YGG_")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_ygg_did_not_build_is_refused_with_what_builds_it(served: Served) -> None:
    podman_run.output(adapter.tag(podman.IMAGE, "localhost/ygg-executor:0.9.5"), "tag")
    told = _push(served, "--version", "0.9.5")
    assert told.returncode == 2
    assert "was not built by ygg images build" in told.stderr
    assert "ygg images build executor --version 0.9.5" in told.stderr


def test_what_is_of_no_commit_is_pushed_only_as_a_trial(served: Served) -> None:
    label = f"LABEL {REVISION}={COMMIT}-dirty"
    subprocess.run(
        ["podman", "import", "--change", label, "-", "localhost/ygg-executor:9.0.0"],
        input=podman.root(),
        check=True,
        capture_output=True,
    )
    refused = _push(served, "--version", "9.0.0")
    assert refused.returncode == 2
    assert "changes that are in no commit" in refused.stderr
    assert "--dirty" in refused.stderr
    pushed = _push(served, "--version", "9.0.0", "--dirty", "--json")
    assert pushed.returncode == 0, pushed.stderr
    assert json.loads(pushed.stdout)[0]["tags"] == ["9.0.0", f"git-{COMMIT[:12]}-dirty"]
