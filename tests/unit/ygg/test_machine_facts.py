"""What the tools of a machine print, read."""

from __future__ import annotations

import json
import subprocess

from ygg.adapters import facts
from ygg.adapters.disks import read_disks
from ygg.adapters.gate import ACTIONS
from ygg.adapters.systemd import journal_entries, read_unit

DF = """\
Filesystem     Type        1B-blocks        Used       Avail  Inodes  IUsed Mounted on
udev           devtmpfs     12000000           0    12000000 3000000    500 /dev
tmpfs          tmpfs         2400000       12000     2388000 3000000    900 /run
/dev/nvme0n1p2 ext4     100000000000 60000000000 20000000000 6000000 600000 /
/dev/nvme0n1p2 ext4     100000000000 60000000000 20000000000 6000000 600000 /var/lib/docker
/dev/sda1      btrfs    400000000000 40000000000 360000000000      0      0 /srv/my photos
overlay        overlay  100000000000 60000000000 20000000000 6000000 600000 /a
overlay        overlay  100000000000 60000000000 20000000000 6000000 600000 /b
//nas/share    cifs     100 50 50 - - /mnt
broken line
"""


def test_disks() -> None:
    disks = {one.mount: one for one in read_disks(DF)}
    assert list(disks) == ["/", "/a", "/b", "/mnt", "/srv/my photos"]
    assert disks["/"].used_percent == 75.0  # of what people may use, as df says it
    assert disks["/"].files_used_percent == 10.0
    assert disks["/srv/my photos"].files_used_percent == 0.0
    assert disks["/mnt"].files == 0


def test_this_machines_own_disks() -> None:
    said = subprocess.run(ACTIONS["disk"], capture_output=True, text=True, check=False)
    disks = read_disks(said.stdout)
    assert all(one.size_bytes > 0 and 0 <= one.used_percent <= 100 for one in disks)


def test_a_unit() -> None:
    text = (
        "Id=ssh.service\nDescription=a = b\nLoadState=loaded\nActiveState=active\n"
        "SubState=running\nResult=success\nUnitFileState=enabled\nMainPID=321\n"
        "MemoryCurrent=18446744073709551615\nNRestarts=2\nActiveEnterTimestamp=@1700000000\n"
    )
    unit = read_unit(text)
    assert (unit.name, unit.description, unit.active) == ("ssh.service", "a = b", "active")
    assert (unit.main_pid, unit.memory_bytes, unit.restarts) == (321, None, 2)
    assert unit.active_since == 1700000000
    assert read_unit("MainPID=0\nMemoryCurrent=[not set]\nActiveEnterTimestamp=\n").main_pid is None


def test_the_journal_without_its_talk() -> None:
    lines = ["-- Journal begins at …", "2026-01-01T00:00:00+00:00 a b: c", "-- No entries --", ""]
    assert journal_entries(lines) == ["2026-01-01T00:00:00+00:00 a b: c"]


def test_the_system() -> None:
    assert facts.read_os('NAME="x"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n') == (
        "Debian GNU/Linux 13 (trixie)"
    )
    assert facts.read_os("") == ""


def test_the_processor_whichever_way_it_is_told() -> None:
    flat = [("Architecture:", "x86_64"), ("CPU(s):", "8"), ("Model name:", "A Chip")]
    old = [{"field": name, "data": data} for name, data in flat]
    new = [
        {**old[0], "children": [old[1]]},
        {"field": "Vendor ID:", "data": "X", "children": [old[2]]},
    ]
    expected = {"model": "A Chip", "architecture": "x86_64", "count": 8}
    assert facts.read_processor(json.dumps({"lscpu": old})) == expected
    assert facts.read_processor(json.dumps({"lscpu": new})) == expected


def test_memory_and_load() -> None:
    meminfo = "MemTotal:       16000 kB\nMemAvailable:    8000 kB\nSwapTotal:          0 kB\n"
    assert facts.read_memory(meminfo) == {
        "total_bytes": 16_384_000,
        "available_bytes": 8_192_000,
        "swap_bytes": 0,
    }
    running = facts.read_running("3600.12 7000.00\n0.10 0.20 0.30 1/200 4711\n")
    assert running == {"uptime_seconds": 3600, "load": [0.1, 0.2, 0.3]}


def test_gpus() -> None:
    assert facts.read_gpus("NVIDIA RTX 4090, 24564, 550.1\nOdd, [N/A], 1\n") == [
        {"name": "NVIDIA RTX 4090", "memory_mib": 24564, "driver": "550.1"},
        {"name": "Odd", "memory_mib": 0, "driver": "1"},
    ]
