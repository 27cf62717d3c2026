"""A question about code in a repository shows what of the repository's own code matters for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from code_agent.handlers.code_generate import generate
from code_agent.handlers.code_refactor import refactor
from executors.sources import RepositorySettings
from tests.attempts import Ended
from tests.gitserver import Repository
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.integration.code_agent.test_finder import looks, vectors_of
from ygg.task import Verdict

ALARM = '''\
from clock.parse import parse_duration


class Alarm:
    """Rings when its time has come."""

    def __init__(self, after: str) -> None:
        self.seconds = parse_duration(after)

    def ring(self) -> str:
        return "wake up"


def total_seconds(alarms):
    result = 0
    for alarm in alarms:
        result = result + parse_duration(alarm)
    return result
'''
LONG = "def roots(deep):\n" + "    deep += 1  # metre by metre\n" * 60 + "    return deep\n"
FILES: dict[str, str | bytes] = {
    "clock/parse.py": '''\
"""Durations as people write them."""

UNITS = {"s": 1, "m": 60, "h": 3600}


def parse_duration(text: str) -> int:
    """The seconds that a text like 5m means."""
    return int(text[:-1]) * UNITS[text[-1]]
''',
    "clock/alarm.py": ALARM,
    "garden/tree.py": (
        "class Tree:\n    def water(self, litres):\n        self.moisture += litres\n\n"
        "    def parse_duration(self):\n        return self.age\n\n\n" + LONG
    ),
    "web/duration.ts": "export function parseDuration(text: string): number { return 1; }\n",
    "tests/test_parse.py": (
        "from clock.parse import parse_duration\n\n\ndef test_parse_duration():\n"
        "    assert parse_duration('7m') == 420\n"
    ),
    "logo.py": b"\xff\xfe\x00",
}
SOURCES = 3
SPEC = (
    "Tell how long two durations are together: together('1m', '5s') == 65"
    " and together('2s', '3s') == 5."
)
TOGETHER = block(
    "from clock.parse import parse_duration\n\n\ndef together(one: str, other: str) -> int:\n"
    "    return parse_duration(one) + parse_duration(other)\n"
)


@pytest.fixture
def repository(code: CodeTasks, tmp_path: Path) -> Repository:
    folder = tmp_path / "repositories"
    folder.mkdir()
    found = Repository(folder, "site")
    found.commit(FILES, "The first")
    code.repositories = RepositorySettings(allow_file=(folder,))
    code.agent = {"answers": 1, "check_seconds": 20}
    return found


def written(code: CodeTasks, repository: Repository, answer: str = "no", **more: Any) -> Ended:
    signature = "def together(one: str, other: str) -> int:"
    params = {"repo": f"file://{repository.bare}", "spec": SPEC, "signature": signature, **more}
    return code.run(generate, params, lambda _: answer)


def rewritten(code: CodeTasks, repository: Repository, **more: Any) -> Ended:
    params = {"repo": f"file://{repository.bare}", "files": ["clock/alarm.py"], **more}
    return code.run(refactor, params, lambda _: "no")


def test_new_code_is_told_of_the_function_that_its_specification_speaks_of(
    code: CodeTasks, repository: Repository
) -> None:
    ended = written(code, repository, TOGETHER)
    asked = code.asked[0].whole
    assert "parse_duration of clock/parse.py is there already, and may be used:" in asked
    assert "return int(text[:-1]) * UNITS[text[-1]]" in asked
    for other in ("Tree", "litres", "wake up", "parseDuration", "420"):
        assert other not in asked
    assert ended.outcome.verdict is Verdict.VERIFIED, (ended.outcome.reason, ended.log)
    assert looks(code) == [(SOURCES, 0, 0)]


@pytest.mark.slow
def test_a_second_task_reads_what_has_changed_and_nothing_else(
    code: CodeTasks, repository: Repository
) -> None:
    written(code, repository)
    rewritten(code, repository)
    repository.commit({"clock/parse.py": str(FILES["clock/parse.py"]).replace("like 5m", "as 9h")})
    written(code, repository)
    assert "as 9h" in code.asked[0].whole
    assert looks(code) == [(SOURCES, 0, 0), (0, SOURCES, 0), (1, SOURCES - 1, 0)]


def test_code_is_found_by_the_types_that_a_signature_names(
    code: CodeTasks, repository: Repository
) -> None:
    signature = "def first(alarms: list[Alarm]) -> Alarm:"
    written(code, repository, spec="The one that comes first.", signature=signature)
    asked = code.asked[0].whole
    assert "Rings when its time has come" in asked
    assert "class Alarm:\n    def __init__(self, after: str)" in asked
    assert "Tree" not in asked
    assert "total_seconds" not in asked


def test_code_is_told_of_by_the_path_from_which_it_can_be_imported(
    code: CodeTasks, repository: Repository
) -> None:
    written(code, repository, path="clock")
    assert "parse_duration of parse.py is there already" in code.asked[0].whole
    written(code, repository, path="garden")
    assert "is there already" not in code.asked[0].whole


@pytest.mark.slow
def test_of_a_long_function_its_beginning_is_shown(code: CodeTasks, repository: Repository) -> None:
    written(code, repository, spec="Call `roots` twice.")
    asked = code.asked[0].whole
    assert "def roots(deep): ..." in asked
    assert "metre by metre" not in asked


def test_what_rewritten_code_uses_of_other_files_is_shown(
    code: CodeTasks, repository: Repository
) -> None:
    ended = rewritten(code, repository, names=["total_seconds"])
    asked = code.asked[0].whole
    assert "This is parse_duration of clock/parse.py, and stays:" in asked
    assert "The seconds that a text like 5m means." in asked
    for other in ("Tree", "litres", "420", "parseDuration"):
        assert other not in asked
    assert ended.result["prompts"] == {"refactor": "2"}
    assert asked.index("You rewrite code") < asked.index("Rewrite total_seconds of clock/alarm.py")


@pytest.mark.slow
def test_what_guidance_names_is_shown_of_any_file(code: CodeTasks, repository: Repository) -> None:
    rewritten(code, repository, names=["Alarm.ring"], guidance="Let it call Tree.water instead.")
    asked = code.asked[0].whole
    assert "class Tree:\n    def water(self, litres):" in asked
    assert "parse_duration of clock" not in asked


def test_what_does_not_fit_is_left_out_whole_and_named(
    code: CodeTasks, repository: Repository
) -> None:
    ended = written(code, repository, spec=SPEC + " Please." * 3800)
    assert "parse_duration" not in code.asked[0].whole
    assert ended.result["left_out"] == ["parse_duration of clock/parse.py"]


def test_a_single_file_asks_no_index(code: CodeTasks) -> None:
    code.agent = {"answers": 1, "check_seconds": 5}
    source, test = str(FILES["clock/parse.py"]), str(FILES["tests/test_parse.py"])
    code.run(refactor, {"code": source}, lambda _: "no")
    code.run(refactor, {"files": ["parse.py"]}, lambda _: "no", {"parse.py": source})
    files = {"parse.py": source, "test_parse.py": test}
    code.run(refactor, {"files": ["parse.py"]}, lambda _: "no", files)
    code.run(generate, {"spec": SPEC}, lambda _: "no")
    code.run(generate, {"spec": SPEC}, lambda _: "no", {"parse.py": source})
    assert source in code.asked[0].whole
    assert looks(code) == []
    assert not (code.runner.cache / "index").exists()


@pytest.mark.slow
def test_of_much_that_is_sent_along_what_matters_is_shown(code: CodeTasks) -> None:
    code.agent = {"answers": 1, "check_seconds": 5}
    files = {"parse.py": str(FILES["clock/parse.py"]), "roots.py": LONG}
    code.run(generate, {"spec": SPEC}, lambda _: "no", files)
    assert "metre by metre" in code.asked[0].whole, "it is short enough"
    files["stones.py"] = LONG.replace("roots", "stones") * 3
    ended = code.run(generate, {"spec": SPEC}, lambda _: "no", files)
    assert "def parse_duration(text: str) -> int:" in code.asked[0].whole
    assert "metre by metre" not in code.asked[0].whole
    assert ended.result["left_out"] == [f"the rest of {path}" for path in sorted(files)]
    assert looks(code) == [(3, 0, 0)]


def test_a_model_that_embeds_ranks_by_meaning_too(code: CodeTasks, repository: Repository) -> None:
    code.embeds, code.agent["embeddings"] = vectors_of, True
    written(code, repository)
    assert "parse_duration of clock/parse.py" in code.asked[0].whole
    written(code, repository)
    (first, _, embedded), second = looks(code)
    assert first == SOURCES
    assert embedded > SOURCES
    assert second == (0, SOURCES, 0)
