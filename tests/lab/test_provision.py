"""From a bare host to an executor that serves, by one command; and again, and nothing changes."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from registry.signatures.trust import Trust
from tests.built_images import build, clone_into, place_for_images
from tests.conftest import unavailable
from tests.fleet import Fleet, running
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import OWN_ADDRESS, own_network
from tests.lab.operating import Lab, OpenBroker, know
from tests.lab.podman_host import PACKAGES, configure_podman
from tests.operator import Operator
from tests.served_registry import served_registry
from tests.services import ServiceMissing

POLICY = "etc/containers/policy.json"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("provision")
    with contextlib.ExitStack() as opened:
        try:
            check_lab()
            lab_root(PACKAGES)
            opened.enter_context(own_network())
            broker = OpenBroker(_made(folder / "broker"))
            served = opened.enter_context(served_registry(folder / "registry", OWN_ADDRESS))
            opened.enter_context(place_for_images())
        except ServiceMissing as error:
            unavailable(error)
        broker.start()
        opened.callback(broker.kill)
        build(clone_into(folder / "yggdrasil"), "0.2.0", "executor", "wheelhouse")
        told = {name: one for name, one in served.environment.items() if name.startswith("YGG_")}
        operator = Operator(_made(folder / "home"), told | {"YGG_REDIS_URL": broker.url_of_hosts})
        pushed = operator(
            "images", "push", "executor", "wheelhouse", "--version", "0.2.0", seconds=120
        )
        assert pushed.returncode == 0, pushed.stderr
        host = opened.enter_context(LabHost(folder, "fenrir", packages=PACKAGES))
        configure_podman(host)
        host.write(POLICY, json.dumps(_loose(served.address)))
        know(operator, host, "--queues", "dev,ops", "--concurrency", "1")
        fleet = opened.enter_context(running(Fleet(_made(folder / "fleet"), broker, executors=())))
        yield Lab(host, operator, fleet, served)


def _loose(address: str) -> dict[str, object]:
    """A policy of before: with a rule that would weaken ours, and one for others."""
    anything = [{"type": "insecureAcceptAnything"}]
    rules = {f"{address}/ygg-flower": anything, "images.example": anything}
    return {"default": anything, "transports": {"docker": rules}}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_bare_host_serves_after_one_command(lab: Lab) -> None:
    foreseen = lab.provision("--check")
    assert foreseen["changed"] > 0
    assert lab.host.run("ls", "/etc/yggdrasil", check=False).returncode != 0
    done = lab.provision()
    assert (done["failed"], done["changed"] > 0) == (0, True)
    fleet = lab.fleet
    fleet.wait(lambda: bool(fleet.client.executors()), "the executor to be there", 30)
    (executor,) = fleet.client.executors()
    assert (executor["executor"], executor["concurrency"]) == ("fenrir", 1)
    assert executor["queues"] == ["dev", "ops", "on.fenrir"]
    assert executor["image_digest"].startswith("sha256:")
    task = {"label": "dev-run", "params": {"command": ["sh", "-c", "uname -n; id -u"]}}
    view = fleet.client.submit(task, wait_seconds=60)["task"]
    log = "".join(line["text"] for line in fleet.client.logs(view["id"]))
    assert (view["state"], log) == ("succeeded", "fenrir\n7420\n")


def test_again_nothing_changes_and_only_what_was_changed_is_put_right(lab: Lab) -> None:
    before = lab.host.run("systemctl", "show", "--property=MainPID", "ygg-executor").stdout
    assert lab.provision("--check")["changed"] == 0
    assert lab.provision()["changed"] == 0
    assert lab.host.run("systemctl", "show", "--property=MainPID", "ygg-executor").stdout == before
    edited = lab.operator("machines", "edit", "fenrir", "--concurrency", "2")
    assert edited.returncode == 0, edited.stderr
    assert lab.provision("--check")["changed"] == 1  # its environment; the restart follows
    lab.provision()
    fleet = lab.fleet
    fleet.wait(lambda: fleet.client.executors()[0]["concurrency"] == 2, "two at a time", 60)


def test_the_role_has_podman_trust_the_same_as_ygg_registry_trust(lab: Lab) -> None:
    home, address = lab.served.home, lab.served.address
    trust = Trust(address, PurePosixPath("/etc/containers"))
    before = json.dumps(_loose(address))
    wanted = trust.files(home.authority.read_text(), home.public_key.read_text(), before)
    there = {name: lab.host.run("cat", f"/etc/containers/{name}").stdout for name in wanted}
    assert json.loads(there.pop("policy.json")) == json.loads(wanted.pop("policy.json"))
    assert there == wanted


def test_secrets_are_for_root_alone_and_in_no_log(lab: Lab) -> None:
    files = ("/etc/yggdrasil/login.json", "/etc/yggdrasil/executor.env")
    modes = lab.host.run("stat", "-c", "'%a %U'", *files)
    assert modes.stdout.split("\n")[:2] == ["600 root", "600 root"]
    password = Path(lab.operator.variables["YGG_DATA_DIR"], "registry", "password").read_text()
    kept = Path(lab.operator.variables["YGG_DATA_DIR"], "provision")
    for secret in (password.strip(), lab.operator.variables["YGG_REDIS_URL"]):
        told = subprocess.run(["grep", "-rlF", secret, str(kept)], capture_output=True, check=False)
        assert told.stdout == b""


def test_it_goes_over_to_wheels_and_back(lab: Lab) -> None:
    fleet = lab.fleet

    def digest() -> str:
        return str(fleet.client.executors()[0]["image_digest"])

    _have_run(lab, "venv")
    fleet.wait(lambda: digest() == "", "the executor to be one of wheels", 60)
    assert lab.host.run("podman", "ps", "--quiet").stdout == ""
    _have_run(lab, "container")
    fleet.wait(lambda: digest().startswith("sha256:"), "it to be a container again", 60)
    user = lab.host.run("systemctl", "show", "--property=User", "--value", "ygg-executor")
    assert user.stdout == "\n"


def _have_run(lab: Lab, runtime: str) -> None:
    edited = lab.operator("machines", "edit", "fenrir", "--runtime", runtime)
    assert edited.returncode == 0, edited.stderr
    assert lab.provision("--check")["changed"] > 0
    assert lab.provision()["failed"] == 0
    assert lab.provision("--check")["changed"] == 0


def test_an_image_that_nobody_signed_is_refused_before_a_machine_is_touched(lab: Lab) -> None:
    told = lab.operator("machines", "provision", "fenrir", "--version", "9.9.9")
    assert told.returncode != 0
    assert "9.9.9" in told.stderr
