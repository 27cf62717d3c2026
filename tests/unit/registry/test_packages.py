"""What an image takes from Debian is there without a network, too."""

from __future__ import annotations

import re

from registry.families import FAMILIES
from registry.making.source import own_folder

SCRIPT = (own_folder() / "scripts/build-base.sh").read_text()


def by_recipes() -> dict[str, list[str]]:
    found = {}
    for name in FAMILIES:
        text = (own_folder() / f"containerfiles/{name}.containerfile").read_text()
        if line := re.search(r"/build/system-packages (.+)$", text, re.MULTILINE):
            found[name] = line[1].split()
    return found


def by_the_offline_base() -> dict[str, list[str]]:
    base = re.search(r"^base=(.+)$", SCRIPT, re.MULTILINE)
    added = re.findall(r'^ +\[(\S+)\]="([^"]+)"$', SCRIPT, re.MULTILINE)
    assert base
    return {"base": base[1].split(","), **{name: words.split() for name, words in added}}


def test_the_offline_base_brings_what_recipes_ask_for() -> None:
    assert by_the_offline_base() == by_recipes()
