"""A second registry fetches from an outside one what it lacks, and keeps it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from registry.client.login import Credentials
from registry.client.registry import Registry
from registry.hosting.configuration import mirror
from registry.hosting.status import status
from registry.names import ImageName
from tests.integration.registry.conftest import push
from tests.registry_server import RegistryServer
from tests.served_registry import Served
from tests.services import free_port, wait_until
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings


def test_what_was_fetched_once_is_had_without_the_outside(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    outside = RegistryServer(tmp_path / "outside")
    outside.start()
    served = Served(tmp_path / "data")
    served.begin()
    port = free_port()
    variables = {
        "YGG_REGISTRY__MIRROR_OF": f"http://{outside.address}",
        "YGG_REGISTRY__MIRROR_PORT": str(port),
    }
    try:
        with Registry(outside.address, plain_http=True) as registry:
            pushed = push(registry, "library/tool", "1", b"from outside")
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "registry.hosting.serve"],
            env=served.environment | variables,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            secret = SecretStr(served.home.password.read_text().strip())
            address = f"localhost:{port}"
            with Registry(address, Credentials("ygg", secret), served.home.authority) as registry:
                name = ImageName(address, "library/tool", "1")
                wait_until(lambda: _listens(port), "the mirror to answer")
                assert registry.manifest(name).digest == pushed.digest
                layer = pushed.manifest.layers[0].digest
                assert b"".join(registry.read_blob("library/tool", layer)) == b"from outside"
                # It keeps what it passes on beside doing so, and is done with that a little later.
                kept = served.home.mirror_storage.rglob
                hexadecimal = layer.removeprefix("sha256:")
                wait_until(lambda: any(kept(f"{hexadecimal}/link")), "the layer to be kept", 60)
                outside.kill()
                assert b"".join(registry.read_blob("library/tool", layer)) == b"from outside"
                assert registry.manifest(name.pinned(pushed.digest)).digest == pushed.digest
                assert json.loads(registry.manifest(name).raw)["layers"][0]["digest"] == layer
            told = {"mirror_of": f"http://{outside.address}", "mirror_port": port}
            registry_settings = served.settings.registry.model_copy(update=told)
            settings = served.settings.model_copy(update={"registry": registry_settings})
            found = status(settings)
            assert (found.mirror_trouble, found.trouble) == ("", "")
            elsewhere = registry_settings.model_copy(update={"mirror_port": free_port()})
            away = status(settings.model_copy(update={"registry": elsewhere}))
            assert "does not answer" in away.mirror_trouble
            assert "mirror.log" in away.mirror_trouble
            assert not away.is_well
        finally:
            process.terminate()
            process.communicate(timeout=20)
    finally:
        outside.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("localhost", port)) == 0


def test_it_needs_a_port_of_its_own(tmp_path: Path) -> None:
    served = Served(tmp_path)
    settings = RegistrySettings(address="localhost:7430", mirror_of="https://images.example")
    with pytest.raises(BadInput, match="a port of its own"):
        mirror(settings, served.home, "mark")
