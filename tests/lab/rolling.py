"""Three hosts of the lab with an executor each, its versions in a registry, and an operator."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.names import ImageName
from registry.reach import reach
from tests.audit import audit
from tests.built_images import build, clone_into, place_for_images, run
from tests.fleet import Fleet, running
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import OWN_ADDRESS, own_network
from tests.lab.operating import OpenBroker, know
from tests.lab.podman_host import PACKAGES, configure_podman
from tests.operator import Operator
from tests.served_registry import Served
from ygg.settings import DeliverySettings

NAMES = ("fenrir", "huginn", "muninn")
OLD, NEW, BROKEN, NEXT = "0.2.0", "0.2.1", "0.2.2", "0.2.3"


@dataclass
class Lab:
    hosts: dict[str, LabHost]
    operator: Operator
    fleet: Fleet
    served: Served
    registry: subprocess.Popen[str]

    def rollout(self, *words: str, expect: int = 0) -> str:
        told = self.operator("rollout", *words, seconds=400)
        assert told.returncode == expect, told.stdout + told.stderr
        return told.stdout + told.stderr

    def status(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.rollout("status", "--json"))
        return found

    def states(self) -> dict[str, str]:
        machines = self.status()["machines"]
        return {one["machine"]: one["state"] for one in machines}  # type: ignore[attr-defined]

    def digests(self) -> dict[str, str]:
        """Of those that take tasks."""
        return {
            one["executor"]: one["image_digest"]
            for one in self.fleet.client.executors()
            if one["state"] == "alive"
        }

    def digest(self, version: str) -> str:
        with reach(self.served.settings) as registry:
            return registry.head(self.named(version)).digest

    def named(self, version: str) -> ImageName:
        return ImageName(self.served.address, "ygg-executor", version)

    def submit(self, count: int, seconds: float = 0.2) -> list[str]:
        task = {"label": "dev-run", "params": {"command": ["sleep", str(seconds)]}}
        return self.fleet.submit([task] * count)

    def all_serve(self, version: str) -> None:
        wanted = dict.fromkeys(NAMES, self.digest(version))
        self.fleet.wait(lambda: self.digests() == wanted, f"all to serve {version}", 60)

    def check_all_done(self, ids: list[str]) -> None:
        self.fleet.wait(lambda: self.fleet.records.open_count() == 0, "every task's end", 120)
        audit(self.fleet.records, ids, self.fleet.effects)
        tasks = self.fleet.records.tasks()
        assert {tasks[task_id]["state"] for task_id in ids} == {"succeeded"}


@contextlib.contextmanager
def rolling_lab(folder: Path, queues: Mapping[str, str]) -> Iterator[Lab]:
    """`queues`: what each host takes. ServiceMissing where it cannot be had."""
    with contextlib.ExitStack() as opened:
        check_lab()
        lab_root(PACKAGES)
        opened.enter_context(own_network())
        broker = OpenBroker(_made(folder / "broker"))
        served = Served(folder / "registry", OWN_ADDRESS)
        served.begin()
        registry = opened.enter_context(served.running())
        opened.enter_context(place_for_images())
        broker.start()
        opened.callback(broker.kill)
        told = {name: one for name, one in served.environment.items() if name.startswith("YGG_")}
        told |= {"YGG_REDIS_URL": broker.url_of_hosts}
        fleet = Fleet(_made(folder / "fleet"), broker, executors=(), settings=_usual_times())
        opened.enter_context(running(fleet))
        target = fleet.client.target
        told |= {"YGG_URL": target.url, "YGG_TOKEN": target.token or ""}
        operator = Operator(_made(folder / "home"), told)
        _build_all(clone_into(folder / "yggdrasil"), operator)
        hosts = {}
        for name in NAMES:
            hosts[name] = opened.enter_context(LabHost(folder, name, packages=PACKAGES))
            configure_podman(hosts[name])
            know(operator, hosts[name], "--queues", queues[name], "--concurrency", "2")
        made = operator("machines", "provision", *NAMES, "--version", OLD, seconds=400)
        journals = "" if made.returncode == 0 else "\n".join(map(_journal, hosts.values()))
        assert made.returncode == 0, made.stdout + made.stderr + journals
        found = Lab(hosts, operator, fleet, served, registry)
        found.all_serve(OLD)
        yield found


def _usual_times() -> dict[str, str]:
    """Coordinator and executors must agree on them, and those on hosts are told of none."""
    usual = DeliverySettings()
    told = (usual.lease_seconds, usual.margin_seconds, usual.grace_seconds, usual.overdue_seconds)
    names = ("LEASE", "MARGIN", "GRACE", "OVERDUE")
    return {
        f"YGG_DELIVERY__{name}_SECONDS": str(one) for name, one in zip(names, told, strict=True)
    }


def _journal(host: LabHost) -> str:
    words = ("journalctl", "--no-pager", "--lines=40", "--unit=ygg-executor")
    return host.run(*words, check=False).stdout


def _build_all(clone: Path, operator: Operator) -> None:
    """The old version; two with a line more; and one that ends as soon as it begins."""
    entry = clone / "executors" / "worker.py"
    text = entry.read_text()
    changes = {
        OLD: text,
        NEW: text + '\nNOTE = "a line more"\n',
        BROKEN: text.replace("def main() -> int:\n", "def main() -> int:\n    return 1\n", 1),
        NEXT: text + '\nNOTE = "another line"\n',
    }
    for version, changed in changes.items():
        if changed != text:
            entry.write_text(changed)
            words = ("-c", "user.name=lab", "-c", "user.email=lab@example.org")
            run("git", "-C", str(clone), *words, "commit", "-qam", f"Make {version}")
        build(clone, version, "executor")
        pushed = operator("images", "push", "executor", "--version", version, seconds=120)
        assert pushed.returncode == 0, pushed.stderr


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
