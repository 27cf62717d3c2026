"""`ygg coordinator` and `ygg flower --serve`: the parts of a fleet one by one."""

import http.client
import signal
import socket

import pytest

from tests.embedded import EmbeddedFleet, eventually
from tests.services import free_port

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def machine(tmp_path, broker):
    """A machine on which nothing of ours runs but a broker."""
    found = EmbeddedFleet(tmp_path / "data")
    found.environment["YGG_REDIS_URL"] = broker.url
    return found


def status(port, path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@pytest.fixture
def coordinator(machine):
    port = free_port()
    with machine.start("coordinator", "--port", str(port)) as process:
        eventually(lambda: status(port, "/health"))
        yield port
        process.terminate()
        process.communicate(timeout=30)


def test_a_coordinator_is_found_by_its_data_folder_while_it_runs(machine, coordinator):
    assert machine.json("list", "--limit", "1")["tasks"] == []
    beside = machine.run("coordinator", "--port", str(free_port()))
    assert beside.returncode == 1
    assert f"already, at http://127.0.0.1:{coordinator}" in beside.stderr


def test_ctrl_c_ends_a_coordinator_without_a_trace(machine):
    port = free_port()
    with machine.start("coordinator", "--port", str(port)) as process:
        eventually(lambda: status(port, "/health"))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_a_coordinator_whose_port_is_taken_says_which(machine, coordinator):
    elsewhere = {"YGG_DATA_DIR": str(machine.data_dir / "other")}
    done = machine.run("coordinator", "--port", str(coordinator), environment=elsewhere)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{coordinator}: Address already in use" in done.stderr
    assert "is free" in done.stderr


def test_flower_asks_for_its_password_and_says_where_it_is(machine):
    port = free_port()
    machine.environment["YGG_FLOWER__PORT"] = str(port)
    nobody = machine.run("flower", "--print")
    assert nobody.returncode == 4
    assert "ygg flower --serve" in nobody.stderr
    with machine.start("flower", "--serve") as process:
        eventually(lambda: status(port))
        assert status(port) == 401
        found = machine.json("flower")
        assert found["url"] == f"http://127.0.0.1:{port}"
        secret = (machine.data_dir / "flower.password").read_text().strip()
        assert found["password_file"].endswith("flower.password")
        second = machine.run("flower", "--serve")
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert len(secret) >= 24
    assert secret not in said
    assert second.returncode == 1
    assert f"127.0.0.1:{port} is in use" in second.stderr


def test_flower_whose_port_a_stranger_has_says_so(machine):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        machine.environment["YGG_FLOWER__PORT"] = str(taken.getsockname()[1])
        assert machine.run("flower", "--serve").returncode == 1
