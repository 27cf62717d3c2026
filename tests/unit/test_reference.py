"""The reference is what the code says, and the documents name only what exists."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from scripts.pages import cli, labels, settings
from scripts.pages.__main__ import FOLDER, pages
from ygg.cli.verbs import VERBS
from ygg.labels import prefix_of
from ygg.settings import load

ROOT = FOLDER.parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# `ygg VERB` at the start of a line that is indented, or of words in backquotes.
_TYPED = re.compile(r"(?:^    |`|· )ygg ([a-z]+)", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another machine, another user, another terminal, and settings of their own."""
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere.example")
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name, text in (("COLUMNS", "33"), ("LINES", "7"), ("LANG", "C"), ("NO_COLOR", "1")):
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("YGG_EXECUTOR__NAME", "loki")
    (tmp_path / "ygg.toml").write_text("log_level = 'debug'")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("elsewhere")
def test_the_pages_are_what_the_code_says_on_any_machine() -> None:
    stale = [
        name
        for name, text in pages().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    assert not stale, f"stale: {', '.join(stale)}; run scripts/reference"


def test_every_setting_says_what_it_is() -> None:
    found = [one for table in settings.settings().values() for one in table]
    assert len(found) > 40
    assert not [one.key for one in found if not one.says]


def test_every_verb_is_in_the_reference() -> None:
    listed = {path for path, _ in cli.commands()}
    page = (FOLDER / "cli.md").read_text(encoding="utf-8")
    for verb in VERBS:
        assert f"ygg {verb}" in listed
        assert f"## `ygg {verb}`\n" in page
    assert "docs/reference" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_label_of_ours_is_in_the_reference() -> None:
    page = (FOLDER / "labels.md").read_text(encoding="utf-8")
    found = labels.handlers()
    assert len(found) > 1
    assert [one.label for one in found if f"### {one.label}\n" not in page] == []
    assert {prefix_of(one.label) for one in found} <= labels.FAMILIES.keys()


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_document_names_only_verbs_and_files_that_exist(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert set(_TYPED.findall(text)) <= set(VERBS)
    missing = [link for link in _LINK.findall(text) if not (file.parent / link).exists()]
    assert not missing


def test_the_example_of_a_settings_file_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("YGG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("YGG_CONFIG", str(ROOT / "examples" / "ygg.toml"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    served = {
        name: load(executor={"name": name}).executor_queues
        for name in ("fenrir", "surtr", "huginn", "code-agent")
    }
    assert served == {
        "fenrir": ("dev", "git", "plan"),
        "surtr": ("llm", "ollama"),
        "huginn": ("ops", "power"),
        "code-agent": ("code",),
    }
    found = load()
    assert found.routes.match("llm-ask").requires == {"gpu"}
    assert found.queues["on.surtr"].limit == 4
    assert found.url == "http://huginn:7420"
