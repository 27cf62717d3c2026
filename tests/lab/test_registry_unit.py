"""The registry as a container of systemd's, on a machine that has podman and nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from registry.home import Home
from registry.hosting.units import NAME, quadlet
from tests.built_images import build, clone_into, place_for_images, run
from tests.conftest import unavailable
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import own_network
from tests.lab.podman_host import PACKAGES, configure_podman
from tests.services import ServiceMissing, wait_until
from ygg.registry_settings import RegistrySettings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
IMAGE = "localhost/ygg-registry:0.2.0"
FOLDER = PurePosixPath("/srv/registry")
SETTINGS = RegistrySettings(address="muninn:7430", home=Path(FOLDER))
INSIDE = ("podman", "exec", NAME, "ygg", "registry")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    try:
        check_lab()
        lab_root(PACKAGES)
        folder = tmp_path_factory.mktemp("unit")
        with own_network(), LabHost(folder, "muninn", packages=PACKAGES) as host:
            configure_podman(host)
            with place_for_images():
                build(clone_into(folder / "yggdrasil"), "0.2.0", "registry")
                run("podman", "save", "--output", str(host.root / "image.tar"), IMAGE)
            host.run("podman", "load", "--quiet", "--input", "/image.tar")
            yield host
    except ServiceMissing as error:
        unavailable(error)


def test_the_unit_runs_the_registry_and_brings_it_back(host: LabHost) -> None:
    host.run("mkdir", str(FOLDER))
    own = (
        *("podman", "run", "--rm", "--user=0", "--network=none", f"--volume={FOLDER}:{FOLDER}"),
        *(f"--env=YGG_REGISTRY__HOME={FOLDER}", f"--env=YGG_REGISTRY__ADDRESS={SETTINGS.address}"),
    )
    host.run(*own, IMAGE, "registry", "init")
    home = Home(Path(FOLDER), Path(FOLDER) / "storage")
    unit = quadlet(SETTINGS, home, IMAGE, is_root=True)
    host.write(f"etc/containers/systemd/{NAME}.container", unit)
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "start", NAME)
    _wait_until_it_answers(host)
    host.run(*INSIDE, "gc")
    process = _process(host)
    host.run("podman", "kill", "--signal=KILL", NAME)
    wait_until(lambda: _process(host) not in ("0\n", process), "systemd to start it again", 30, 0.5)
    _wait_until_it_answers(host)


def _process(host: LabHost) -> str:
    return host.run("systemctl", "show", "--property=MainPID", "--value", NAME).stdout


def _wait_until_it_answers(host: LabHost) -> None:
    def answers() -> bool:
        return host.run(*INSIDE, "status", check=False).returncode == 0

    wait_until(answers, "the registry to answer", 60, 1)
