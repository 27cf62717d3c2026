"""`ygg machines` changes an inventory as a careful person would."""

from __future__ import annotations

import difflib
import threading
from pathlib import Path

import pytest

from coordinator.fleet.changing import add, edit, remove
from coordinator.fleet.inventory import read_inventory
from ygg.errors import BadInput, Conflict

WRITTEN = """\
# Ours, since 2019.
all:
  hosts:
    fenrir:  # under the desk
      ansible_host: "100.64.0.11"   # by cable
      ygg_queues: [dev, git]
      ygg_tags:
        - gpu

    # The small one.
    huginn:
      ansible_host: 100.64.0.2
  children:
    executors:
      vars:
        ygg_concurrency: 2
      hosts:
        fenrir:
        huginn:
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "machines.yml"
    found.write_text(WRITTEN, encoding="utf-8")
    return found


def changes(file: Path) -> list[str]:
    after = file.read_text(encoding="utf-8").splitlines()
    return [
        line
        for line in difflib.unified_diff(WRITTEN.splitlines(), after, lineterm="", n=0)
        if line[:2] not in ("--", "++", "@@")
    ]


def test_a_new_machine_is_a_few_lines_more(file: Path) -> None:
    found = add(
        file, "muninn", {"ansible_host": "100.64.0.3", "ygg_queues": ("ops",)}, ["executors"]
    )
    assert found.machine("muninn").groups == {"executors"}
    assert changes(file) == [
        "+    muninn:",
        "+      ansible_host: 100.64.0.3",
        "+      ygg_queues: [ops]",
        "+        muninn:",
    ]


def test_the_first_machine_begins_the_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "machines.yml"
    found = add(file, "fenrir", {"ansible_host": "100.64.0.11"}, ["executors", "code_agents"])
    assert found.machine("fenrir").groups == {"executors", "code_agents"}
    assert file.read_text(encoding="utf-8") == (
        "# The machines of this fleet. `ygg machines` edits this file and leaves your comments"
        " alone;\n# `ansible-playbook -i` takes it as it is.\n"
        "all:\n  hosts:\n    fenrir:\n      ansible_host: 100.64.0.11\n  children:\n"
        "    executors:\n      hosts:\n        fenrir:\n"
        "    code_agents:\n      hosts:\n        fenrir:\n"
    )


def test_what_is_edited_is_a_line(file: Path) -> None:
    edit(file, "fenrir", {"ansible_host": "100.64.0.12"}, join=["code_agents"])
    assert changes(file) == [
        '-      ansible_host: "100.64.0.11"   # by cable',
        '+      ansible_host: "100.64.0.12"   # by cable',
        "+    code_agents:",
        "+      hosts:",
        "+        fenrir:",
    ]


def test_what_is_no_longer_said_goes(file: Path) -> None:
    found = edit(file, "fenrir", {}, unsaid=["ygg_tags"], leave=["executors"])
    assert found.machine("fenrir").groups == frozenset()
    assert found.machine("fenrir").variables.ygg_tags is None


def test_a_machine_goes_from_everywhere(file: Path) -> None:
    assert list(remove(file, "huginn").machines) == ["fenrir"]
    assert "huginn" not in file.read_text(encoding="utf-8")
    assert "# by cable" in file.read_text(encoding="utf-8")


def test_a_wrong_change_leaves_the_file_alone(file: Path) -> None:
    with pytest.raises(Conflict, match="fenrir is in"):
        add(file, "fenrir", {}, [])
    with pytest.raises(BadInput, match="ansible_port"):
        edit(file, "fenrir", {"ansible_port": 70_000})
    with pytest.raises(BadInput, match="'executor' is no group"):
        add(file, "muninn", {}, ["executor"])
    with pytest.raises(BadInput, match="no machine 'muninn'"):
        remove(file, "muninn")
    with pytest.raises(BadInput, match="is not in the group registry"):
        edit(file, "fenrir", {}, leave=["registry"])
    assert changes(file) == []
    assert [one.name for one in file.parent.iterdir() if one.suffix == ".new"] == []


def test_a_file_that_is_a_link_stays_one(file: Path) -> None:
    link = file.with_name("here.yml")
    link.symlink_to(file)
    remove(link, "huginn")
    assert link.is_symlink()
    assert list(read_inventory(file).machines) == ["fenrir"]


def test_a_machine_has_one_name(file: Path) -> None:
    with pytest.raises(Conflict, match="fenrir is at"):
        add(file, "muninn", {"ansible_host": "100.64.0.11"}, [])
    with pytest.raises(Conflict, match="fenrir is at"):
        edit(file, "huginn", {"ansible_host": "100.64.0.11"})
    assert changes(file) == []
    add(file, "muninn", {"ansible_host": "100.64.0.11", "ansible_port": 2222}, [])
    behind = {"ansible_host": "100.64.0.11", "ansible_ssh_common_args": "-o ProxyJump=huginn"}
    add(file, "ratatoskr", behind, [])
    edit(file, "muninn", {"ygg_tags": ("gpu",)})


def test_a_folder_that_cannot_be_written_is_said(file: Path) -> None:
    lock = file.with_name(f".{file.name}.lock")
    lock.mkdir()
    with pytest.raises(BadInput, match=r"cannot be changed: .*\.lock: Is a directory"):
        remove(file, "huginn")


def test_a_file_and_a_link_to_it_have_one_lock(file: Path) -> None:
    link = file.with_name("here.yml")
    link.symlink_to(file)
    remove(link, "huginn")
    locks = [one.name for one in file.parent.iterdir() if one.suffix == ".lock"]
    assert locks == [f".{file.name}.lock"]


def test_changes_at_the_same_time_are_all_made(file: Path) -> None:
    names = [f"machine-{number}" for number in range(12)]
    at_once = [threading.Thread(target=add, args=(file, name, {}, ["broker"])) for name in names]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join()
    assert {one.name for one in read_inventory(file).group("broker")} == set(names)
