"""A whole fleet on a bare host, by one command: broker, coordinator, executor and code agent."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from registry.home import Home
from registry.hosting.authority import make_authority, make_certificate
from tests.built_images import build, clone_into, place_for_images, run
from tests.conftest import unavailable
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import OWN_ADDRESS, own_network
from tests.lab.operating import know
from tests.lab.podman_host import PACKAGES, configure_podman
from tests.operator import Operator
from tests.served_registry import served_registry
from tests.services import ServiceMissing, wait_until
from ygg.client import Client
from ygg.target import Target

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
VERSION = "0.2.0"
IMAGES = ("valkey", "coordinator", "executor", "code-agent")
GROUPS = ("broker", "coordinator", "executors", "code_agents")
UNITS = ("ygg-broker", "ygg-coordinator", "ygg-executor", "ygg-code-agent")
PASSWORD = "a secret+of/the@broker"
AUTHORITY = "/etc/ssl/ygg-broker.pem"
CLIENT = ("podman", "exec", "-i", "ygg-broker", "valkey-cli", "--tls", "--cacert", AUTHORITY)


@dataclass(frozen=True)
class Lab:
    host: LabHost
    operator: Operator

    def provision(self, *more: str) -> dict[str, int]:
        told = self.told(*more)
        assert told.returncode == 0, told.stderr + told.stdout
        found: dict[str, int] = json.loads(told.stdout)["machines"][self.host.name]
        return found

    def told(self, *more: str) -> subprocess.CompletedProcess[str]:
        words = ("machines", "provision", self.host.name, "--json", *more)
        return self.operator(*words, seconds=600)

    def client(self) -> Client:
        token = self.host.run(
            "podman", "exec", "ygg-coordinator", "cat", "/var/lib/ygg/admin.token"
        )
        return Client(Target(f"http://{self.host.address}:7420", token.stdout.strip()))

    def processes(self) -> list[str]:
        words = ("systemctl", "show", "--property=MainPID", "--value", *UNITS)
        return self.host.run(*words).stdout.split()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("fleet")
    with contextlib.ExitStack() as opened:
        try:
            check_lab()
            lab_root(PACKAGES)
            opened.enter_context(own_network())
            served = opened.enter_context(served_registry(folder / "registry", OWN_ADDRESS))
            opened.enter_context(place_for_images())
        except ServiceMissing as error:
            unavailable(error)
        host = LabHost(folder, "muninn", packages=PACKAGES)
        told = {name: one for name, one in served.environment.items() if name.startswith("YGG_")}
        url = (
            f"rediss://ygg:{quote(PASSWORD, safe='+')}@{host.address}:6379/0"
            f"?ssl_cert_reqs=required&ssl_ca_certs={AUTHORITY}"
        )
        (folder / "home").mkdir()
        operator = Operator(folder / "home", told | {"YGG_REDIS_URL": url})
        build(clone_into(folder / "yggdrasil"), VERSION, *IMAGES, "registry")
        for image in IMAGES:
            pushed = operator("images", "push", image, "--version", VERSION, seconds=300)
            assert pushed.returncode == 0, pushed.stderr
        opened.enter_context(host)
        configure_podman(host)
        know(operator, host, *(word for group in GROUPS for word in ("--group", group)))
        _have_certificate(folder / "keys", operator, host.address)
        yield Lab(host, operator)


def _have_certificate(folder: Path, operator: Operator, address: str) -> None:
    """For the broker, of an authority of its own; beside the inventory stands where they are."""
    keys = Home(folder, folder)
    folder.mkdir()
    make_authority(keys)
    make_certificate(keys, {address})
    named = {
        "ygg_broker_authority": str(keys.authority),
        "ygg_broker_certificate": str(keys.certificate),
        "ygg_broker_key": str(keys.certificate_key),
    }
    beside = operator.inventory.parent / "group_vars"
    beside.mkdir()
    (beside / "all.yml").write_text(json.dumps(named))


def test_a_bare_host_is_a_fleet_after_one_command(lab: Lab) -> None:
    foreseen = lab.provision("--check")
    assert foreseen["changed"] > 0
    assert lab.host.run("ls", "/etc/yggdrasil", check=False).returncode != 0
    told = lab.told()
    assert told.returncode == 0, told.stderr + told.stdout
    assert "no language model answers at http://127.0.0.1:11434" in told.stderr
    assert "no GPU: nvidia-smi does not answer" in told.stderr
    assert "no image of flower" in told.stderr
    with contextlib.closing(lab.client()) as client:
        _wait_for_executors(client)
        task = {"label": "dev-run", "params": {"command": ["uname", "-n"]}}
        view = client.submit(task, wait_seconds=90)["task"]
        log = "".join(line["text"] for line in client.logs(view["id"]))
    assert (view["state"], log) == ("succeeded", "muninn\n")


def _wait_for_executors(client: Client) -> None:
    def there() -> bool:
        found = {one["executor"]: one for one in client.executors()}
        return found.keys() == {"muninn", "muninn-code"} and all(
            one["image_digest"].startswith("sha256:") for one in found.values()
        )

    wait_until(there, "executor and code agent to be there", 60, 0.5)


def test_the_code_agent_takes_its_own_work(lab: Lab) -> None:
    with contextlib.closing(lab.client()) as client:
        agent = next(one for one in client.executors() if one["executor"] == "muninn-code")
    assert (agent["queues"], agent["concurrency"]) == (["code", "on.muninn"], 1)
    assert any(label.startswith("code-") for label in agent["labels"])


def test_the_broker_lets_nobody_in_without_the_password_and_nobody_rule_it(lab: Lab) -> None:
    plain = lab.host.run(*CLIENT[:5], "ping", check=False)
    assert (plain.returncode == 0, "PONG" in plain.stdout) == (False, False)
    assert "NOAUTH" in lab.host.run(*CLIENT, "ping", check=False).stdout
    words = f"AUTH ygg '{PASSWORD}'\nPING\nACL LIST\nSHUTDOWN\n"
    said = lab.host.run(*CLIENT, stdin=words, check=False).stdout.splitlines()
    assert said[:2] == ["OK", "PONG"]
    assert [line.split()[0] for line in said[2:] if line] == ["NOPERM", "NOPERM"]


def test_again_nothing_changes(lab: Lab) -> None:
    before = lab.processes()
    assert len(before) == len(UNITS)
    assert lab.provision("--check")["changed"] == 0
    assert lab.provision()["changed"] == 0
    assert lab.processes() == before


def test_what_the_broker_holds_outlives_it(lab: Lab) -> None:
    """AOF in its volume; and systemd starts it again when it is killed."""
    (before, *_) = lab.processes()
    words = f"AUTH ygg '{PASSWORD}'\nSET kept yes\n"
    assert lab.host.run(*CLIENT, stdin=words).stdout.split() == ["OK", "OK"]
    wait_until(lambda: "appendonly.aof.1.incr.aof" in _files(lab), "the file to be there", 10, 0.5)
    lab.host.run("sleep", "1.5")  # every second it is written to the disk
    lab.host.run("podman", "kill", "--signal=KILL", "ygg-broker")
    wait_until(lambda: lab.processes()[0] not in ("0", before), "systemd to start it", 30, 0.5)
    read = f"AUTH ygg '{PASSWORD}'\nGET kept\n"

    def is_kept() -> bool:
        return lab.host.run(*CLIENT, stdin=read, check=False).stdout.split() == ["OK", "yes"]

    wait_until(is_kept, "the broker to have it again", 30, 0.5)


def _files(lab: Lab) -> str:
    words = ("podman", "exec", "ygg-broker", "ls", "/var/lib/ygg/appendonlydir")
    return lab.host.run(*words, check=False).stdout


def test_secrets_are_for_those_alone_who_need_them(lab: Lab) -> None:
    """And in nothing that provisioning keeps, nor among the words of any process."""
    folder = "/etc/yggdrasil"
    told = [f"{folder}/{one}.env" for one in ("ygg-coordinator", "executor", "code-agent")]
    files = [*told, f"{folder}/broker/valkey.conf"]
    modes = lab.host.run("stat", "-c", "'%a %u'", *files).stdout.splitlines()
    assert modes == ["600 0"] * 3 + ["400 7420"]
    assert PASSWORD not in lab.host.run("cat", f"{folder}/broker/valkey.conf").stdout
    for secret in (PASSWORD, quote(PASSWORD, safe="+")):
        assert secret not in lab.host.run("cat /proc/*/cmdline | tr '\\0' ' '").stdout
        kept = Path(lab.operator.variables["YGG_DATA_DIR"], "provision")
        found = subprocess.run(
            ["grep", "-rlF", secret, str(kept)], capture_output=True, check=False
        )
        assert found.stdout == b""


def test_a_broker_without_a_password_is_refused(lab: Lab) -> None:
    open_to_all = {"YGG_REDIS_URL": f"redis://{lab.host.address}:6379/0"}
    other = Operator(lab.operator.home, dict(lab.operator.variables) | open_to_all)
    told = other("machines", "provision", "muninn", "--json", "--check", seconds=300)
    assert told.returncode == 1
    one = json.loads(told.stdout)["machines"]["muninn"]
    assert "redis_url in ygg.toml has no password" in one["message"]


def test_a_registry_serves_from_an_archive_of_its_image(lab: Lab, tmp_path: Path) -> None:
    """There is none yet from which it could be pulled, and what can sign stays where it is."""
    address, archive = f"{lab.host.address}:7430", tmp_path / "registry.tar"
    run("podman", "save", "--quiet", "--output", str(archive), f"localhost/ygg-registry:{VERSION}")
    own = {"YGG_DATA_DIR": str(tmp_path / "data"), "YGG_REGISTRY__ADDRESS": address}
    other = Lab(lab.host, Operator(tmp_path, dict(lab.operator.variables) | own))
    begun = other.operator("registry", "init")
    assert begun.returncode == 0, begun.stderr
    know(other.operator, lab.host, "--group", "registry")
    assert other.provision("--registry-archive", str(archive))["changed"] > 0
    pushed = other.operator("images", "push", "valkey", "--version", VERSION, seconds=300)
    assert pushed.returncode == 0, pushed.stderr
    there = lab.host.run("ls", "/var/lib/yggdrasil/registry").stdout.split()
    assert {"registry.key", "storage"} <= set(there)
    assert not {"ca.key", "signing.key", "image.tar"} & set(there)
    assert other.provision("--registry-archive", str(archive))["changed"] == 0
