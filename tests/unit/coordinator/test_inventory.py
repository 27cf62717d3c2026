"""The inventory is read as Ansible reads it, and what is wrong in it is shown where it stands."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.fleet.inventory import Inventory, document_of, inventory_of, read_inventory
from ygg.errors import BadInput

SAMPLE = """
all:
  vars:
    ansible_user: matt
  hosts:
    fenrir:  # the server with the GPU
      ansible_host: 100.64.0.11
      ygg_queues: [dev, git, plan]
      ygg_tags: [gpu]
    huginn:
      ansible_host: 100.64.0.2
      ansible_port: 2222
  children:
    registry:
      hosts:
        huginn:
    coordinator:
      hosts:
        huginn:
    executors:
      vars:
        ygg_concurrency: 2
        ansible_user: ygg
      hosts:
        huginn:
          ygg_concurrency: 1
      children:
        code_agents:
          vars:
            ygg_concurrency: 4
          hosts:
            fenrir:
"""


def read(folder: Path, text: str) -> Inventory:
    file = folder / "machines.yml"
    file.write_text(text, encoding="utf-8")
    return read_inventory(file)


def refused(folder: Path, text: str) -> BadInput:
    with pytest.raises(BadInput) as found:
        read(folder, text)
    return found.value


def said_of_a(text: str) -> str:
    return f"all:\n  hosts:\n    a:\n      {text}\n"


def test_groups_and_hosts_together_say_what_holds_for_a_machine(tmp_path: Path) -> None:
    found = read(tmp_path, SAMPLE)
    fenrir, huginn = found.machine("fenrir"), found.machine("huginn")
    assert fenrir.groups == {"executors", "code_agents"}
    assert (fenrir.address, fenrir.variables.ansible_user) == ("100.64.0.11", "ygg")
    assert (fenrir.variables.ygg_concurrency, huginn.variables.ygg_concurrency) == (4, 1)
    assert fenrir.own.ygg_concurrency is None
    assert [one.name for one in found.group("executors")] == ["fenrir", "huginn"]
    assert [one.name for one in found.group("broker")] == []


def test_ansible_says_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, SAMPLE)
    program = Path(sys.executable).with_name("ansible-inventory")
    if not program.exists():
        pytest.skip("ansible-core is not installed: run scripts/install dev")
    told = subprocess.run(
        [program, "-i", found.file, "--list"],
        env=os.environ | {"ANSIBLE_LOCAL_TEMP": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(told.stdout)["_meta"]["hostvars"]
    ours = {
        name: one.variables.model_dump(mode="json", exclude_unset=True)
        for name, one in found.machines.items()
    }
    assert ours == theirs


def test_a_host_may_stand_in_its_group_alone(tmp_path: Path) -> None:
    found = read(tmp_path, "executors:\n  hosts:\n    fenrir:\nungrouped:\n  hosts:\n    muninn:\n")
    assert found.machine("fenrir").groups == {"executors"}
    assert found.machine("muninn").groups == frozenset()


@pytest.mark.parametrize("text", ["", "all:\n", "# nobody yet\n", "all:\n  hosts:\n"])
def test_an_empty_one_is_one(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).machines == {}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("all:\n  children:\n    executor:\n", ":3: 'executor' is no group", "executors?"),
        ("all:\n  host:\n    fenrir:\n", ":2: 'host' is no part of the group all", "hosts?"),
        (
            "all:\n  hosts:\n    fenrir:\n      ygg_queue: [dev]\n",
            ":4: 'ygg_queue' is no variable, said of fenrir",
            "ygg_queues?",
        ),
        (
            "all:\n  hosts:\n    fenrir:\n      ansible_port: high\n",
            ":4: ansible_port of fenrir: ",
            "",
        ),
        ("all:\n  hosts:\n    Fenrir!:\n", ":3: 'Fenrir!' is no name of a machine", ""),
        ("all:\n  hosts:\n    web[01:50]:\n", ":3: 'web[01:50]' is no name of a machine", ""),
        ("all:\n  hosts: [fenrir]\n", ":2: hosts holds names", ""),
        ("all:\n  hosts:\n    7:\n", ":3: 7 is no name of a machine", "quotes"),
        ("all:\n  hosts:\n    true:\n", ":3: True is no name of a machine", "quotes"),
        ("all:\n  hosts:\n    Fenrir:\n", ":3: 'Fenrir' is no name", "lower-case letters"),
        (
            "all:\n  hosts:\n    a:\n    a:\n",
            ':4: found duplicate key "a": it stands here twice',
            "",
        ),
        (
            said_of_a("ygg_tags: [gpu]\n      ygg_tags: [x]"),
            ':5: found duplicate key "ygg_tags"',
            "",
        ),
        (said_of_a("ansible_host: my server"), "'my server' is not a host name or an IP", ""),
        (said_of_a("ansible_host: -oProxyCommand=x"), "is not a host name", ""),
        (said_of_a("ansible_host: '{{ address }}'"), "a template is not filled in here", ""),
        (said_of_a("ansible_host: ''"), ":4: ansible_host of a: '' is not a host name", ""),
        (said_of_a("ansible_user: -l root"), "'-l root' is not the name of a login", ""),
        (said_of_a("ygg_queues: dev"), ":4: ygg_queues of a: write a list: [dev, git]", ""),
        (said_of_a("ygg_queues: [Dev]"), "'Dev' is not a queue: dev", ""),
        (said_of_a("ygg_tags: [G PU]"), "'G PU' is not a tag: gpu", ""),
        (said_of_a("ygg_concurrency: 0"), "greater than or equal to 1", ""),
        ("[executors]\nfenrir\n", ":2: ", "INI, is not read"),
        ("# ours\n[executors]\n", "an inventory begins with `all:`", "INI, is not read"),
        ("all:\n  hosts: {\n", ":3: ", ""),
        ("- fenrir\n", "an inventory begins with `all:`", ""),
        ("executors:\n  children:\n    executors:\n", "lies in itself", ""),
    ],
)
def test_what_is_wrong_is_shown_where_it_stands(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    error = refused(tmp_path, text)
    assert message in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    "said",
    [
        "ansible_host: fe80::1%eth0",
        "ansible_host: Fenrir.tail-net_1.ts.net",
        "ansible_user: 'DOM\\matt.x'",
        "ygg_queues: ['*']",
        "ygg_tags: ['arch:arm64', gpu]",
    ],
)
def test_what_is_rare_is_not_wrong(tmp_path: Path, said: str) -> None:
    assert list(read(tmp_path, said_of_a(said)).machines) == ["a"]


words = st.sampled_from(
    [*("all", "hosts", "children", "vars", "executors", "ungrouped", "fenrir", "ansible_host"), "7"]
)
lines = st.tuples(st.integers(0, 4), words | st.text(max_size=6), st.sampled_from([":", ": x", ""]))


@given(
    st.lists(lines, max_size=10).map(
        lambda found: "".join(f"{'  ' * deep}{word}{end}\n" for deep, word, end in found)
    )
    | st.text(max_size=60)
)
def test_any_text_is_an_inventory_or_bad_input(text: str) -> None:
    file = Path("machines.yml")
    with contextlib.suppress(BadInput):
        inventory_of(document_of(text, file), file)


def test_a_file_that_is_not_there_says_how_to_begin_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no inventory") as found:
        read_inventory(tmp_path / "machines.yml")
    assert "ygg machines add" in (found.value.hint or "")


def test_a_machine_that_is_not_in_it_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        read(tmp_path, SAMPLE).machine("fenris")
    assert error.value.hint == "did you mean fenrir?"
