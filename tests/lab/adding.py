"""A host of the lab in somebody's inventory."""

from __future__ import annotations

import subprocess

from tests.lab.host import LabHost
from tests.operator import Operator


def add_host(operator: Operator, host: LabHost, *more: str) -> subprocess.CompletedProcess[str]:
    known = host.known_hosts.read_text().split(maxsplit=1)[1]
    shown = subprocess.run(
        ["ssh-keygen", "-lf", "-"], input=known, capture_output=True, text=True, check=True
    )
    login = ("--address", host.address, "--user", "root", "--key-file", str(host.key_file))
    return operator(
        "machines", "add", host.name, *login, "--host-key", shown.stdout.split()[1], *more
    )
