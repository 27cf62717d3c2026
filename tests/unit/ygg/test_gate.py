"""The gate lets through what handlers build, and nothing that only looks like it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.adapters import gate
from ygg.adapters.gate import ACTIONS, KINDS, Config, Refused, build, check_shape, decide, match

EVERYTHING = Config(
    units=["nginx.service"],
    journal=["*"],
    power=["suspend", "reboot", "off"],
    commands={"smart": ["smartctl", "--json", "{disk:path}", "[--log={word}]"]},
)
VALUES = {
    "unit": "nginx.service",
    "count": "200",
    "since": "-2h",
    "priority": "err",
    "text": 'it\'s; $(date) `ls` "ü"',
}
START = "systemctl --no-ask-password start -- "


def values_of(action: str) -> dict[str, str]:
    return {
        key: value for key, value in VALUES.items() if f"{{{key}}}" in " ".join(ACTIONS[action])
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_built_is_let_through(action: str) -> None:
    argv = build(ACTIONS[action], values_of(action))
    assert decide(shlex.join(argv), EVERYTHING) == (action, argv)
    assert match(ACTIONS[action], argv) == values_of(action)


def test_a_whole_journal_command() -> None:
    assert build(ACTIONS["journal"], {"count": "10", "unit": "nginx.service"}) == [
        *("journalctl", "--no-pager", "--utc", "--output=short-iso", "--lines=10"),
        "--unit=nginx.service",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "bash",
        "true; id",
        "true && id",
        "true | id",
        "true\nid",
        "true\n",
        "true &",
        "true > /tmp/x",
        "true $(id)",
        "true `id`",
        "FOO=bar true",
        "env true",
        " true",
        "true ",
        "true  ",
        "'true'",
        "tr\\ue",
        'tr""ue',
        "/bin/true",
        "./true",
        "true --help",
        "true #comment",
        "cat /etc/os-release /etc/shadow",
        "cat /etc/shadow",
        "cat -- /etc/os-release",
        "systemctl start nginx.service",
        START + "sshd.service",
        START + "'nginx.service; id'",
        START + "nginx.service id",
        START + "nginx.service\nid",
        START + "'nginx.service\n'",
        START + "--help",
        START + "nginx",
        START + "'*.service'",
        START + "../nginx.service",
        START + "\uff4eginx.service",
        START + "nginx.service\u200b",
        START + "nginx\u2024service",
        "systemctl --no-ask-password start nginx.service --",
        "systemctl --no-ask-password --host=evil start -- nginx.service",
        "systemctl --no-ask-password mask -- nginx.service",
        "journalctl --no-pager --utc --output=short-iso --lines=10 --file=/etc/shadow",
        "journalctl --no-pager --utc --output=short-iso --lines=10 --lines=10",
        "journalctl --no-pager --utc --output=short-iso --lines=-1",
        "journalctl --no-pager --utc --output=short-iso --lines=999999",
        "journalctl --no-pager --utc --output=short-iso --lines=10 --unit=a.service --since=-2h",
        "journalctl --no-pager --utc --output=short-iso --lines=10 '--grep=a\u2028b'",
        "smartctl --json /dev/../etc/shadow",
        "smartctl --json dev",
        "smartctl --json /dev/sda --log=-x",
        "smartctl --json '/dev/sda;id'",
        "true\x00",
        "true\udcff",
        "'",
        "true" + " " * 5000,
    ],
)
def test_nothing_else_passes(line: str) -> None:
    with pytest.raises(Refused):
        decide(line, EVERYTHING)


@given(st.lists(st.sampled_from([*" ;&|$`'\"\\\n-=/.*", "true", "start", "nginx.service", "--"])))
def test_whatever_passes_is_run_as_it_is_written(parts: list[str]) -> None:
    line = START + "".join(parts)
    try:
        _, argv = decide(line, EVERYTHING)
    except Refused:
        return
    assert argv == [*START.split(), "nginx.service"]


@given(st.dictionaries(st.sampled_from(list(VALUES)), st.text(max_size=30)))
def test_a_value_is_refused_or_passes_whole(values: dict[str, str]) -> None:
    try:
        argv = build(ACTIONS["journal"], values)
    except ValueError:
        return
    assert match(ACTIONS["journal"], argv) == values


@pytest.mark.parametrize(
    "line",
    [
        START + "nginx.service",
        "journalctl --no-pager --utc --output=short-iso --lines=10",
        "systemctl --no-ask-password poweroff",
        "smartctl --json /dev/sda",
    ],
)
def test_an_empty_configuration_only_lets_look(line: str) -> None:
    decide(line, EVERYTHING)
    with pytest.raises(Refused):
        decide(line, Config())
    decide("cat /proc/meminfo", Config())


def test_the_journal_of_some_units() -> None:
    config = Config(journal=["nginx.*"])
    line = shlex.join(build(ACTIONS["journal"], {"count": "1"}))
    decide(f"{line} --unit=nginx.service", config)
    for other in ("", " --unit=sshd.service"):
        with pytest.raises(Refused, match="may not be read"):
            decide(line + other, config)


def test_what_needs_root_goes_through_sudo() -> None:
    config = Config(units=["nginx.service"], power=["off"], sudo=True)
    assert decide(START + "nginx.service", config)[1][:4] == ["sudo", "-n", "--", "systemctl"]
    assert decide("systemctl --no-ask-password poweroff", config)[1][0] == "sudo"
    assert decide("true", config)[1] == ["true"]


def test_a_host_may_do_it_in_its_own_way() -> None:
    config = Config(
        units=["nginx.service"], instead={"service-start": ["rc-service", "{unit}", "up"]}
    )
    assert decide(START + "nginx.service", config)[1] == ["rc-service", "nginx.service", "up"]


@pytest.mark.parametrize(
    "shape", [["x", "{disk:nothing}"], [], [""], ["{path}"], ["[x]"], ["x", "{path}", "{path}"]]
)
def test_a_shape_that_makes_no_sense_is_refused(shape: list[str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  each has words of its own
        check_shape(shape)


GREP_TEXT = ["grep", "{pattern:text}", "/var/log/app.log"]


@pytest.mark.parametrize(
    "shape",
    [
        GREP_TEXT,
        ["grep", "[{pattern:text}]"],
        ["grep", "{pattern:text}{word}"],
        ["date", "{since}"],
        # Only what always stands there ends the options.
        ["grep", "[--]", "{text}"],
    ],
)
def test_no_value_can_be_an_option(shape: list[str]) -> None:
    with pytest.raises(ValueError, match="could be an option"):
        check_shape(shape)
    with pytest.raises(ValueError, match="could be an option"):
        Config(commands={"find": shape})


def test_after_two_dashes_or_a_name_any_text_is_a_value() -> None:
    for shape in (["grep", "--", "{text}", "/a"], ["grep", "--regexp={text}", "[--since={since}]"]):
        check_shape(shape)
    line = shlex.join(build(["grep", "--", "{text}"], {"text": "--file=/etc/passwd"}))
    assert line == "grep -- --file=/etc/passwd"


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"since", "text"}))
@given(data=st.data())
def test_values_of_the_other_kinds_never_begin_with_a_dash(kind: str, data: st.DataObject) -> None:
    assert not data.draw(st.from_regex(KINDS[kind], fullmatch=True)).startswith("-")


def run_gate(line: str | None, config: Path) -> subprocess.CompletedProcess[str]:
    env = {
        "SSH_CLIENT": "192.0.2.7 1 22",
        "EVIL": "1",
        "LD_LIBRARY_PATH": "/nowhere",
        "PATH": "/nowhere",
    }
    if line is not None:
        env["SSH_ORIGINAL_COMMAND"] = line
    argv = [sys.executable, "-I", str(Path(gate.__file__)), str(config)]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=20, check=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gate.json"
    file.write_text(
        f'{{"log": "{tmp_path / "log"}", "power": ["off"], "commands": '
        '{"env": ["env"], "none": ["no-such-program-anywhere"]}, '
        '"instead": {"power-off": ["echo", "going off"]}}'
    )
    return file


def test_it_runs_the_command_with_a_clean_environment(config: Path) -> None:
    ended = run_gate("env", config)
    assert sorted(ended.stdout.split()) == ["LANG=C.UTF-8", f"PATH={gate.PATH}"]
    assert run_gate("true", config).returncode == 0
    assert run_gate("systemctl --no-ask-password poweroff", config).stdout == "going off\n"
    assert run_gate("no-such-program-anywhere", config).returncode == gate.NOT_FOUND


def test_it_notes_what_it_refuses_and_what_changes(config: Path, tmp_path: Path) -> None:
    ended = run_gate("rm -rf /\nfoo", config)
    assert (ended.returncode, ended.stdout) == (gate.REFUSED, "")
    assert "ygg-ops-gate: refused" in ended.stderr
    assert run_gate(None, config).returncode == gate.REFUSED
    run_gate("systemctl --no-ask-password poweroff", config)
    noted = (tmp_path / "log").read_text().splitlines()
    assert len(noted) == 3  # one line each, whatever was in it
    assert noted[0].startswith("192.0.2.7 refused:")
    assert noted[2] == "192.0.2.7 power-off: echo 'going off'"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"unitz": []}', '{"commands": {"x": ["{evil}"]}}']
)
def test_a_broken_configuration_lets_nothing_through(config: Path, text: str) -> None:
    config.write_text(text)
    assert run_gate("true", config).returncode == gate.REFUSED


def test_a_configuration_that_others_may_write_does_not_count(config: Path) -> None:
    config.chmod(0o666)
    ended = run_gate("true", config)
    assert ended.returncode == gate.REFUSED
    assert "others than its owner" in ended.stderr


def test_without_a_configuration_nothing_passes(tmp_path: Path) -> None:
    assert run_gate("true", tmp_path / "none").returncode == gate.REFUSED


def test_it_needs_nothing_of_ours() -> None:
    words = Path(gate.__file__).read_text()
    assert "import ygg" not in words
    assert "from ygg" not in words
    assert os.access(gate.__file__, os.X_OK)
