from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from executors.handler import Failed
from executors.secrets import read_secrets, secret_variables
from ygg.machine_settings import SecretRules


def test_a_label_reads_the_secrets_that_name_it_or_its_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "github").write_text("from a file\n")
    monkeypatch.setenv("NPM_TOKEN", "from a variable")
    rules = {
        "github": SecretRules(file=tmp_path / "github", labels=("git-sync", "dev-")),
        "npm": SecretRules(env="NPM_TOKEN", labels=("dev-build",)),
    }
    assert dict(read_secrets(rules, "git-sync")) == {"github": "from a file"}
    assert dict(read_secrets(rules, "git-log")) == {}
    assert dict(read_secrets(rules, "dev-build")) == {
        "github": "from a file",
        "npm": "from a variable",
    }
    assert secret_variables(rules) == {"NPM_TOKEN"}


def test_a_secret_that_is_not_for_the_label_says_what_would_allow_it() -> None:
    secrets = read_secrets({}, "dev-run")
    with pytest.raises(Failed) as caught:
        secrets["github"]
    assert "may not use a secret 'github'" in caught.value.reason
    assert "[secrets.github] with labels = ['dev-run']" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "says"), [(None, "No such file"), (b"short", "shorter"), (b"\xff" * 9, "not text")]
)
def test_a_secret_that_cannot_be_read_is_missed_when_it_is_used(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "github"
    if content is not None:
        file.write_bytes(content)
    secrets = read_secrets({"github": SecretRules(file=file, labels=("dev-run",))}, "dev-run")
    assert "github" not in dict(secrets)
    with pytest.raises(Failed, match=says):
        secrets["github"]


def test_a_secret_has_one_place_and_somebody_who_may_use_it(tmp_path: Path) -> None:
    for wrong in (
        {"labels": ("dev-run",)},
        {"labels": ("dev-run",), "env": "A", "file": tmp_path},
        {"labels": (), "env": "A"},
    ):
        with pytest.raises(ValidationError):
            SecretRules.model_validate(wrong)
