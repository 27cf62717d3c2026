"""A bare host without podman, and with no way out: it runs the same executor, of wheels."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.client.registry import Registry
from registry.manifests import Descriptor, ImageManifest
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key
from tests.built_images import build, clone_into, place_for_images
from tests.conftest import unavailable
from tests.fleet import Fleet, running
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import OWN_ADDRESS, own_network
from tests.lab.operating import Lab, OpenBroker, know
from tests.operator import Operator
from tests.served_registry import served_registry
from tests.services import ServiceMissing
from ygg import __version__

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
VERSIONS = ("0.2.0", "0.2.1", "0.2.2")
BROKEN = """
mkdir -p "$1/bin"
printf '#!/bin/sh\\necho it has no heart >&2\\nexit 1\\n' >"$1/bin/ygg"
chmod 0755 "$1/bin/ygg"
: >"$1/installed"
"""
FOLDER, UNIT = "/opt/yggdrasil", "ygg-executor"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("wheels")
    with contextlib.ExitStack() as opened:
        try:
            check_lab()
            lab_root()
            opened.enter_context(own_network())
            broker = OpenBroker(_made(folder / "broker"))
            served = opened.enter_context(served_registry(folder / "registry", OWN_ADDRESS))
            opened.enter_context(place_for_images())
        except ServiceMissing as error:
            unavailable(error)
        broker.start()
        opened.callback(broker.kill)
        told = {name: one for name, one in served.environment.items() if name.startswith("YGG_")}
        operator = Operator(_made(folder / "home"), told | {"YGG_REDIS_URL": broker.url_of_hosts})
        clone = clone_into(folder / "yggdrasil")
        for version in VERSIONS:
            build(clone, version, "wheelhouse")
            pushed = operator("images", "push", "wheelhouse", "--version", version, seconds=120)
            assert pushed.returncode == 0, pushed.stderr
        host = opened.enter_context(LabHost(folder, "fenrir"))
        _have_proc_as_a_machine(host)
        know(operator, host, "--queues", "dev", "--runtime", "venv")
        fleet = opened.enter_context(running(Fleet(_made(folder / "fleet"), broker, executors=())))
        yield Lab(host, operator, fleet, served)


def _have_proc_as_a_machine(host: LabHost) -> None:
    """nspawn lays files over /proc, and Linux lets nobody but root mount another one then."""
    laid = "grep -o ' /proc/[^ ]*' /proc/self/mountinfo | sort -ur | xargs -n1 umount --lazy"
    host.run(laid)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _release(lab: Lab, link: str = "current") -> str:
    return lab.host.run("readlink", f"{FOLDER}/{link}").stdout.strip()


def _layers(lab: Lab) -> list[str]:
    return lab.host.run("ls", f"{FOLDER}/layers").stdout.split()


def _process(lab: Lab) -> str:
    return lab.host.run("systemctl", "show", "--property=MainPID", "--value", UNIT).stdout.strip()


def _runs_a_task(lab: Lab) -> str:
    """What it says of itself, from inside of its sandbox."""
    script = "whoami; test -e /etc/yggdrasil || test -e /var/lib/ygg/own || echo apart"
    task = {"label": "dev-run", "params": {"command": ["sh", "-c", script]}}
    view = lab.fleet.client.submit(task, wait_seconds=60)["task"]
    assert view["state"] == "succeeded", view
    return "".join(line["text"] for line in lab.fleet.client.logs(view["id"]))


def test_a_bare_host_serves_after_one_command(lab: Lab) -> None:
    assert lab.host.run("command -v podman", check=False).returncode != 0
    foreseen = lab.provision("--version", "0.2.0", "--check")
    assert foreseen["changed"] > 0
    assert lab.host.run("ls", FOLDER, check=False).returncode != 0
    done = lab.provision("--version", "0.2.0")
    assert (done["failed"], done["changed"] > 0) == (0, True)
    fleet = lab.fleet
    fleet.wait(lambda: bool(fleet.client.executors()), "the executor to be there", 30)
    (executor,) = fleet.client.executors()
    assert (executor["executor"], executor["image_digest"]) == ("fenrir", "")
    assert executor["version"] == __version__
    assert _runs_a_task(lab) == "ygg\napart\n"


def test_it_offers_what_it_has_the_means_for(lab: Lab) -> None:
    """As the executor's image does, it has no code agent: that would want checkers."""
    (executor,) = lab.fleet.client.executors()
    offered = {name.partition("-")[0] for name in executor["labels"]}
    assert {"dev", "git"} <= offered
    assert "code" not in offered
    ours = lab.host.run("ls", f"{FOLDER}/current/lib/python3.13/site-packages").stdout.split()
    assert {"ygg", "executors"} <= set(ours)
    assert not {"code_agent", "coordinator", "registry"} & set(ours)


def test_it_may_do_little_on_the_machine(lab: Lab) -> None:
    modes = lab.host.run("stat", "-c", "'%a %U'", "/etc/yggdrasil/executor.env", "/var/lib/ygg")
    assert modes.stdout.splitlines() == ["600 root", "700 ygg"]
    wanted = ("User", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "TimeoutStopUSec")
    shown = lab.host.run("systemctl", "show", *(f"--property={one}" for one in wanted), UNIT)
    assert set(shown.stdout.split()) == {
        *("User=ygg", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes"),
        *("TimeoutStopUSec=1min", "30s"),
    }


def test_again_nothing_changes(lab: Lab) -> None:
    before = _process(lab)
    assert lab.provision("--version", "0.2.0", "--check")["changed"] == 0
    assert lab.provision("--version", "0.2.0")["changed"] == 0
    assert _process(lab) == before


def test_an_update_brings_what_is_new_and_keeps_the_release_before(lab: Lab) -> None:
    first, layers = _release(lab), _layers(lab)
    foreseen = lab.provision("--version", "0.2.1", "--check")["changed"]
    assert lab.provision("--version", "0.2.1")["changed"] == foreseen + 1  # the restart follows
    assert (_release(lab).startswith("0.2.1-"), _release(lab, "previous")) == (True, first)
    assert _layers(lab) == layers  # of the same commit: nothing had to be brought
    second = _release(lab)
    lab.provision("--version", "0.2.2")
    there = lab.host.run("ls", FOLDER).stdout.split()
    assert there == [second, _release(lab), "current", "layers", "previous"]
    assert _runs_a_task(lab) == "ygg\napart\n"


def test_the_release_before_is_a_link_away(lab: Lab) -> None:
    before = _release(lab, "previous")
    lab.host.run("ln", "-sfn", before, f"{FOLDER}/current")
    lab.host.run("systemctl", "restart", UNIT)
    runs = lab.host.run(f"readlink /proc/$(systemctl show --property=MainPID --value {UNIT})/exe")
    assert runs.stdout.startswith("/usr/bin/python3")
    told = lab.host.run(f"tr '\\0' ' ' < /proc/{_process(lab)}/cmdline").stdout
    assert told.startswith(f"{FOLDER}/{before}/bin/python")
    assert (
        lab.provision("--version", "0.2.2", "--check")["changed"] == 1
    )  # the link; a restart follows


def test_wheels_for_another_kind_of_machine_are_refused_there(lab: Lab) -> None:
    _push_another(lab, "0.3.0", architecture="arm64")
    for more in ((), ("--check",)):
        one = _fails(lab, "0.3.0", *more)
        assert (one["failed"], one["changed"]) == (1, 0)
        assert "for Python 3.13 on aarch64, and python3 here is 3.13 on x86_64" in one["message"]


def test_a_release_that_does_not_come_up_is_put_back(lab: Lab) -> None:
    before = _release(lab)
    _push_another(lab, "0.3.1", installer=BROKEN)
    message = _fails(lab, "0.3.1")["message"]
    assert f"is not well, and is back at {before}: " in message
    assert "it has no heart" in message
    assert _release(lab) == before
    assert _runs_a_task(lab) == "ygg\napart\n"


def _fails(lab: Lab, version: str, *more: str) -> dict[str, Any]:
    words = ("machines", "provision", "fenrir", "--json", "--version", version, *more)
    told = lab.operator(*words, seconds=300)
    assert told.returncode == 1, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)["machines"]["fenrir"]
    return found


def _push_another(
    lab: Lab, version: str, *, architecture: str = "amd64", installer: str = ""
) -> None:
    """The first one, signed as another: with what is given in its stead."""
    with reach(lab.served.settings) as registry:
        name = ImageName(registry.address, "ygg-wheelhouse", VERSIONS[0])
        made = registry.manifest(name).content
        assert isinstance(made, ImageManifest)
        raw = b"".join(registry.read_blob(name.repository, made.config.digest))
        said = json.loads(raw) | {"architecture": architecture}
        config = _another(registry, made.config, json.dumps(said).encode())
        layers = made.layers
        if installer:
            layers = (*layers, _another(registry, layers[0], _layer("install-wheels", installer)))
        other = made.model_copy(update={"config": config, "layers": layers})
        digest = registry.put_manifest(name.tagged(version), other.encoded())
        key = read_key(lab.served.home.signing_key)
        sign(registry, [name.tagged(version)], digest, key, "matt on fenrir", 1_800_000_000)


def _another(registry: Registry, instead_of: Descriptor, content: bytes) -> Descriptor:
    found = registry.upload_blob("ygg-wheelhouse", content)
    told = {"digest": found.digest, "size_bytes": found.size_bytes}
    return instead_of.model_copy(update=told)


def _layer(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(text.encode())
        tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()
