"""The command as a person types it, where it needs no fleet."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from ygg.cli import states
from ygg.cli.verbs import VERBS
from ygg.task import FINAL, Ending, State

YGG = (sys.executable, "-P", "-m", "ygg.cli")


@pytest.fixture
def ygg(tmp_path):
    """Runs `ygg` far from any fleet: the port is one that nobody listens on."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
    environment |= {
        "YGG_URL": "http://127.0.0.1:1",
        "YGG_DATA_DIR": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path),
    }

    def run(*arguments, **more):
        return subprocess.run(
            (*YGG, *arguments), env=environment, cwd=tmp_path, capture_output=True, **more
        )

    return run


def imported_by(*arguments):
    """The modules that `ygg` has loaded when it is done with these arguments."""
    code = "import sys, ygg.cli.entry as e; e.run(sys.argv[1:]); print('\\0', *sys.modules)"
    command = (sys.executable, "-P", "-c", code, *arguments)
    environment = {**os.environ, "YGG_URL": "http://127.0.0.1:1", "YGG_TOKEN": "t"}
    output = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    return set(output.decode().rpartition("\0")[2].split())


HEAVY = {"pydantic", "pydantic_settings", "httpx", "celery", "redis", "rich", "asyncio", "tomllib"}


def test_help_imports_no_verb():
    found = imported_by("--help")
    assert not found & HEAVY
    assert "http.client" not in found
    assert not {verb.where.partition(":")[0] for verb in VERBS.values()} & found


def test_submitting_imports_only_what_it_needs(tmp_path):
    (tmp_path / "in").write_text("x")
    found = imported_by("submit", "--label", "dev-run", "--file", str(tmp_path / "in"))
    assert "ygg.client" in found
    assert not found & HEAVY
    assert not found & {"ygg.task", "ygg.settings", "ygg.cli.follow", "ygg.cli.bulk"}


def test_our_words_for_states_are_those_of_the_contract():
    assert set(states.ALL) == {state.value for state in State}
    assert {state.value for state in FINAL} == states.FINAL


def test_endings_to_retry_are_those_of_the_contract():
    from ygg.cli.submit import RETRY_ON

    assert set(RETRY_ON) == {each.value for each in Ending} - {"ok", "cancelled"}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_that_needs_nothing(ygg, verb):
    done = ygg(verb, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: ygg {verb}".encode())
    assert done.stderr == b""


def test_no_arguments_is_help(ygg):
    assert ygg().stdout == ygg("--help").stdout
    assert ygg().returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("lsit",), 2, "did you mean `ygg list`?"),
        (("submit",), 2, "field: --label"),
        (("submit", "--nonsense"), 2, "hint: ygg submit --help"),
        (("submit", "--label", "dev-run", "--priority", "9"), 2, "--priority"),
        (("submit", "--label", "dev-run", "--in", "soon"), 2, "'soon' is no duration"),
        (("submit", "--label", "dev-run", "--at", "08:00", "--in", "1h"), 2, "not both"),
        (("submit", "--label", "dev-run", "--param", "x"), 2, "field: --param"),
        (("submit", "--label", "dev-run", "--timeout", "5s"), 2, "goes with --wait"),
        (("submit", "--label", "dev-run", "--partial"), 2, "goes with --from"),
        (("submit", "--label", "dev-run", "--from", "x"), 2, "field: --from"),
        (("submit", "--from", "missing.jsonl"), 2, "No such file"),
        (("submit", "--label", "dev-run", "--after", "nonsense"), 3, "no task id"),
        (("submit", "--label", "dev-run"), 4, "ygg up --detach"),
        (("list",), 4, "cannot reach the coordinator"),
        (("list", "--state", "gone"), 2, "--state"),
        (("show", "nonsense"), 3, "ygg list"),
        (("show",), 2, "ygg show --help"),
        (("wait",), 2, "ID"),
        (("replay", "--since", "1d"), 2, "--failed"),
        (("replay", "--failed", "--since", "1d"), 2, "--yes"),
        (("token", "create", "me"), 2, "--role"),
        (("completion", "tcsh"), 2, "'bash', 'zsh', 'fish'"),
    ],
)
def test_a_mistake_exits_by_its_kind_and_names_the_way_out(ygg, arguments, code, says):
    done = ygg(*arguments, stdin=subprocess.DEVNULL)
    assert done.returncode == code
    assert says in done.stderr.decode()
    assert done.stderr.startswith(b"ygg: ")
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_an_argument_that_is_no_utf8_is_refused_by_name(ygg):
    done = ygg(b"submit", b"--label", b"dev-run", b"--title", b"caf\xe9")
    assert done.returncode == 2
    assert b"field: --title" in done.stderr


def test_standard_input_has_one_reader(ygg):
    done = ygg("submit", "--label", "x-y", "--params-file", "-", "--param", "a=@-", input=b"{}")
    assert done.returncode == 2
    assert b"already read by params.a" in done.stderr


def test_an_address_that_is_none_is_refused(ygg, monkeypatch, tmp_path):
    environment = {**os.environ, "YGG_URL": "localhost:7420", "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run((*YGG, "list"), env=environment, capture_output=True)
    assert done.returncode == 2
    assert b"http://HOST:PORT" in done.stderr


def test_a_closed_pipe_is_no_traceback():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run((*YGG, "--help"), stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == b""


def test_ctrl_c_is_quiet():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {**os.environ, "YGG_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with subprocess.Popen((*YGG, "list"), env=environment, stderr=subprocess.PIPE) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == b""


def test_a_coordinator_that_speaks_nonsense_is_out_of_reach():
    with socket.create_server(("127.0.0.1", 0)) as other:
        environment = {**os.environ, "YGG_URL": f"http://127.0.0.1:{other.getsockname()[1]}"}
        with subprocess.Popen((*YGG, "list"), env=environment, stderr=subprocess.PIPE) as process:
            connection, _ = other.accept()
            connection.recv(4096)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            connection.close()
            _, said = process.communicate(timeout=30)
    assert process.returncode == 4
    assert said.startswith(b"ygg: cannot reach the coordinator")


def test_a_full_disk_is_said(ygg):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run((*YGG, "--help"), stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_doctor_works_when_nothing_runs(ygg):
    done = ygg("doctor", "--json")
    assert done.returncode == 4
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert found["disk here"]["verdict"] == "ok"
    assert found["coordinator"]["verdict"] == "FAIL"
    assert "ygg up" in found["coordinator"]["next"]


def test_version_answers_without_a_fleet(ygg):
    assert json.loads(ygg("version", "--json").stdout)["coordinator"] is None


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(ygg, shell):
    assert b"_YGG_COMPLETE" in ygg("completion", shell).stdout


def test_down_without_a_fleet_is_done(ygg):
    done = ygg("down")
    assert done.returncode == 0
    assert b"no fleet runs here" in done.stderr
