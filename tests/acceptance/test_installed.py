"""An installed ygg, with no clone near it: its own wheel, and those that the lock files pin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.making.source import own_folder
from registry.making.wheels import build_ours
from registry.manifests import OCI_MANIFEST, Descriptor, ImageManifest
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key
from tests.conftest import unavailable
from tests.served_registry import Served, served_registry
from tests.services import ServiceMissing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Installed:
    python: Path
    home: Path

    def __call__(self, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
        kept = {name: one for name, one in os.environ.items() if not name.startswith("YGG_")}
        return subprocess.run(
            [self.python.with_name("ygg"), *words],
            env=kept | {"HOME": str(self.home)} | told,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def ygg(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    environment, home = folder / "environment", folder / "home"
    home.mkdir()
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    if uv is None:
        unavailable(ServiceMissing("uv is not installed: run scripts/install dev"))
    into = [uv, "pip", "install", "--quiet", "--python", str(python), "--no-build"]
    locks = [str(own_folder() / f"requirements/{extra}.txt") for extra in ("machines", "registry")]
    try:
        _run(*into, "--require-hashes", *(word for lock in locks for word in ("-r", lock)))
    except subprocess.CalledProcessError as error:
        unavailable(ServiceMissing(f"the pinned wheels cannot be fetched: {error.stderr}"))
    _run(*build_ours(folder), cwd=own_folder())
    (wheel,) = folder.glob("*.whl")
    _run(*into, "--no-deps", str(wheel))
    return Installed(python, home)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    try:
        with served_registry(tmp_path_factory.mktemp("served")) as found:
            _sign_an_image(found)
            yield found
    except ServiceMissing as error:
        unavailable(error)


def _run(*argv: str, cwd: Path | None = None) -> None:
    subprocess.run(argv, cwd=cwd, check=True, capture_output=True, text=True)


def _sign_an_image(served: Served) -> None:
    """One that nothing can run; it is asked for, and not pulled."""
    with reach(served.settings) as registry:
        name = ImageName(registry.address, "ygg-executor", "0.2.0")
        config = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
        found = registry.upload_blob(name.repository, config)
        kind = "application/vnd.oci.image.config.v1+json"
        told = Descriptor(media_type=kind, digest=found.digest, size_bytes=found.size_bytes)
        made = ImageManifest(media_type=OCI_MANIFEST, config=told, layers=())
        digest = registry.put_manifest(name, made.encoded())
        key = read_key(served.home.signing_key)
        sign(registry, [name], digest, key, "matt on fenrir", 1_800_000_000)


def test_it_finds_its_playbooks_and_plays_them(ygg: Installed, served: Served) -> None:
    told = {name: one for name, one in served.environment.items() if name.startswith("YGG_")}
    told["YGG_REDIS_URL"] = "redis://broker.test:6379/0"
    nobody = ("--address", "127.0.0.1", "--port", "1", "--no-probe")
    added = ygg("machines", "add", "fenrir", *nobody, **told)
    assert added.returncode == 0, added.stderr
    words = ("machines", "provision", "fenrir", "--version", "0.2.0")
    left_out = ygg(*words, **told)
    assert left_out.returncode == 1
    assert "ygg: fenrir: 127.0.0.1:1 refuses the connection" in left_out.stderr
    done = ygg(*words, "--anyway", "--json", **told)
    assert done.returncode == 1, done.stderr
    one = json.loads(done.stdout)["machines"]["fenrir"]
    assert (one["unreachable"], one["failed"]) == (1, 0)
    assert one["failed_task"] == "Install Python, for Ansible's own modules"


def test_it_says_that_images_are_made_of_a_clone(ygg: Installed) -> None:
    done = ygg("images", "build", "executor", "--version", "0.2.0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "installed, and not from a clone" in done.stderr
    assert "ygg images build --source FOLDER" in done.stderr
    assert (Path(done.stderr.split()[-1]) / "executor.containerfile").is_file()
