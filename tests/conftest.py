"""Fixtures every test may use, and the --slow switch."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.gitserver import GitServer
from tests.model_server import ModelServer, OllamaProcess
from tests.postgres import PostgresServer
from tests.services import BrokerServer, ServiceMissing
from tests.sshd import SshServer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, too")


LONGEST = (
    "test_examples_of_labels.py",
    "test_code_test.py",
    "test_fix_lint.py",
    "test_generate.py",
    "test_records.py",
    "test_code_tasks.py",
    "test_held_out_tasks.py",
    "test_refactor.py",
    "test_fix_python.py",
    "test_fix_hostile.py",
    "test_review.py",
    "test_promise_executor_killed.py",
    "test_git_writing.py",
    "test_cli_up.py",
    "test_promise_coordinator_killed.py",
    "test_promise_broker_lost.py",
    "test_dev_test.py",
    "test_cli_down.py",
    "test_promise_order.py",
    "test_contract.py",
    "test_hostile.py",
    "test_sources.py",
    "test_git_reading.py",
    "test_sources_refused.py",
    "test_ops_playbook.py",
    "test_power.py",
    "test_embedded.py",
    "test_plan_breakdown.py",
    "test_params_that_fit.py",
    "test_machines_work.py",
    "test_own_package.py",
)
"""Begun last, they would run alone at the end: pytest-xdist gives a file to one process."""


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("xdist"):
        config.option.loadscopereorder = False  # it would begin with the files of most tests
    # Whatever the caller's shell says: reading all these files anew takes pytest seconds each time.
    sys.dont_write_bytecode = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As in the background of a script. All that the tests start would ignore Ctrl-C as well.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))
    if config.getoption("--slow"):
        return
    cases: Counter[tuple[Path, str]] = Counter()
    for item in items:
        few = item.get_closest_marker("few")
        name = (item.path, item.nodeid.partition("[")[0])
        cases[name] += 1
        if item.get_closest_marker("slow") or (few and cases[name] > few.args[0]):
            item.add_marker(pytest.mark.skip(reason="slow; run with --slow"))


def unavailable(error: ServiceMissing) -> NoReturn:
    """A laptop may lack a service; continuous integration may not."""
    if os.environ.get("CI") == "true":
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    raise pytest.skip.Exception(str(error)) from None


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerServer]:
    """A running Valkey.

    For Redis too: @pytest.mark.parametrize("broker", ["valkey", "redis"], indirect=True)
    """
    folder = tmp_path / "broker"
    folder.mkdir()
    try:
        server = BrokerServer(folder, kind=getattr(request, "param", "valkey"))
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def ssh_server(tmp_path: Path) -> Iterator[SshServer]:
    """A running OpenSSH server that lets its own user key in."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    try:
        server = SshServer(folder)
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def git_server(tmp_path: Path, ssh_server: SshServer) -> GitServer:
    """Repositories on that server, and no way to do anything else there."""
    folder = tmp_path / "git"
    folder.mkdir()
    try:
        return GitServer(folder, ssh_server)
    except ServiceMissing as error:
        unavailable(error)


@pytest.fixture(scope="session")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """One small language model for the whole session."""
    try:
        server = ModelServer(tmp_path_factory.mktemp("model"))
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def ollama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OllamaProcess]:
    """One Ollama for the whole session, with the same small model."""
    try:
        server = OllamaProcess(tmp_path_factory.mktemp("ollama"))
        server.start()
        server.add_small_model()
    except ServiceMissing as error:
        unavailable(error)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One running PostgreSQL for the whole session."""
    try:
        server = PostgresServer()
    except ServiceMissing as error:
        unavailable(error)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh, empty PostgreSQL database."""
    with postgres.fresh_database() as url:
        yield url
