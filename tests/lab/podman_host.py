"""A host of the lab that runs containers, by its own podman."""

from __future__ import annotations

from tests.lab.host import LabHost

PACKAGES = ("podman", "crun", "netavark", "aardvark-dns")
_CONTAINERS = """[containers]
keyring = false
pids_limit = 0
default_ulimits = ["nofile=1024:20000", "nproc=1024:20000"]
[engine]
runtime = "crun"
"""
_STORAGE = """[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
"""


def configure_podman(host: LabHost) -> None:
    """For a host that is a container itself."""
    host.write("etc/containers/containers.conf", _CONTAINERS)
    host.write("etc/containers/storage.conf", _STORAGE)
