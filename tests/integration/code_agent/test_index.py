"""One contract for every way to find passages, on a real repository that git tells of."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from code_agent.retrieval.by_meaning import ByMeaning
from code_agent.retrieval.full_text import FullText
from code_agent.retrieval.fused import Fused
from code_agent.retrieval.index import Index
from code_agent.retrieval.port import Passage, Query, Retriever
from code_agent.retrieval.words import words_of
from tests.model_server import ModelServer
from ygg.errors import BadInput
from ygg.models.connect import connect
from ygg.models.port import ModelName, Vectors

FILES = {
    "clock/parse.py": '''\
"""Durations as people write them."""

UNITS = {"s": 1, "m": 60, "h": 3600}


def parse_duration(text: str) -> int:
    """The seconds that a text like 5m means."""
    return int(text[:-1]) * unit_of(text)


def unit_of(text: str) -> int:
    return UNITS[text[-1]]
''',
    "clock/alarm.py": '''\
from clock.parse import parse_duration


class Alarm:
    """Rings when its time has come."""

    def __init__(self, after: str) -> None:
        self.seconds = parse_duration(after)

    def ring(self) -> str:
        return "wake up"
''',
    "garden/tree.py": '''\
class Tree:
    def water(self, litres: float) -> None:
        """Give the roots something to drink."""
        self.moisture += litres

    def prune(self) -> None:
        self.branches.clear()
''',
    "web/render.ts": """\
export class Page {
  renderTable(rows: string[]): string {
    return rows.map(escapeHtml).join("");
  }
}
export function escapeHtml(text: string): string { return text.replace("<", "&lt;"); }
""",
    "README.md": "# Garden\n\nTells when to water the trees.\n",
    "empty.py": "",
    "vendor/lib.py": "def parse_duration(): pass\n",
    "logo.png": "\x00\x01PNG",
}
SOURCES = 6
DIMENSIONS = 256


def embedded_by_words(texts: Sequence[str]) -> Vectors:
    """As a model would, if all it knew of a text were which words it has."""
    vectors = []
    for text in texts:
        vector = [0.0] * DIMENSIONS
        for word in words_of(text):
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % DIMENSIONS] += 1.0
        vectors.append(tuple(vector))
    return Vectors(tuple(vectors), ModelName("words", "1"), tokens_in=0, seconds=0.0)


class Repository:
    """A real one, asked by git for the hashes of what it has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reads: list[str] = []
        folder.mkdir()
        self._git("init", "--quiet")
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self._git("add", "--all")

    def move(self, path: str, to: str) -> None:
        self._git("mv", path, to)

    def files(self) -> dict[str, str]:
        rows = self._git("ls-files", "-s", "-z").split("\0")[:-1]
        return {row.partition("\t")[2]: row.split()[1] for row in rows}

    def read(self, path: str) -> str:
        self.reads.append(path)
        return (self.folder / path).read_text()

    def _git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout


MAKERS: Mapping[str, Callable[[Index], Retriever]] = {
    "full text": FullText,
    "by meaning": lambda index: ByMeaning(index, embedded_by_words),
    "fused": lambda index: Fused(
        FullText(index), ByMeaning(index, embedded_by_words), lambda error: pytest.fail(str(error))
    ),
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "index"


@pytest.fixture
def index(cache: Path) -> Iterator[Index]:
    with Index(cache) as found:
        yield found


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Callable[[Index], Retriever]:
    return MAKERS[request.param]


def symbols_of(found: list[Passage]) -> list[str]:
    return [one.symbol for one in found]


@pytest.mark.parametrize(
    "words", ["parse duration", "parseDuration", "How is parse_duration done?"]
)
def test_a_function_is_found_by_its_words_however_they_are_spelled(
    make: Callable[[Index], Retriever], index: Index, repository: Repository, words: str
) -> None:
    retriever = make(index)
    retriever.index(repository.files(), repository.read)
    found = retriever.search(Query(words), 3)
    assert ("clock/parse.py", "parse_duration") in {(one.path, one.symbol) for one in found}
    assert {one.path for one in found} <= {"clock/parse.py", "clock/alarm.py"}


def test_a_passage_is_what_stands_in_its_file(
    make: Callable[[Index], Retriever], index: Index, repository: Repository
) -> None:
    retriever = make(index)
    retriever.index(repository.files(), repository.read)
    found = retriever.search(Query("water the roots of a tree, then render a table of rows"), 20)
    assert len(found) > 2
    for one in found:
        lines = FILES[one.path].split("\n")[one.start_line - 1 : one.end_line]
        assert one.text == "\n".join(lines)
    [water] = [one for one in found if one.symbol == "Tree.water"]
    assert water.header == "class Tree:"
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert len({(one.path, one.start_line) for one in found}) == len(found)
    assert retriever.search(Query("water the roots"), 1) == retriever.search(
        Query("water the roots"), 1
    )


def test_a_second_time_nothing_is_read_and_after_a_change_one_file(
    make: Callable[[Index], Retriever], cache: Path, repository: Repository
) -> None:
    with Index(cache) as index:
        first = make(index).index(repository.files(), repository.read)
    assert (first.indexed, first.reused) == (SOURCES, 0)
    assert first.skipped == {"vendor/lib.py": "vendored", "logo.png": "binary"}
    repository.reads.clear()
    with Index(cache) as index:
        second = make(index).index(repository.files(), repository.read)
    assert (second.indexed, second.reused, second.embedded) == (0, SOURCES, 0)
    assert second.skipped == first.skipped
    assert repository.reads == []

    changed = FILES["garden/tree.py"].replace("prune", "cut_back")
    repository.write("garden/tree.py", changed)
    with Index(cache) as index:
        retriever = make(index)
        third = retriever.index(repository.files(), repository.read)
        assert (third.indexed, third.reused) == (1, SOURCES - 1)
        assert repository.reads == ["garden/tree.py"]
        assert retriever.search(Query("cut back"), 1)[0].symbol == "Tree.cut_back"
        assert "Tree.prune" not in symbols_of(retriever.search(Query("prune branches"), 50))


def test_a_file_that_moved_is_not_read_and_found_at_its_new_place(
    make: Callable[[Index], Retriever], index: Index, repository: Repository
) -> None:
    retriever = make(index)
    retriever.index(repository.files(), repository.read)
    repository.reads.clear()
    repository.move("clock/parse.py", "clock/durations.py")
    assert retriever.index(repository.files(), repository.read).indexed == 0
    found = {one.path for one in retriever.search(Query("parse duration"), 50)}
    assert "clock/durations.py" in found
    assert "clock/parse.py" not in found


def test_what_is_in_another_tree_is_not_found(
    make: Callable[[Index], Retriever], index: Index, cache: Path, repository: Repository
) -> None:
    other = {"secret.py": "0" * 40}
    retriever = make(index)
    retriever.index(other, lambda path: "def parse_duration_of_secrets(): pass\n")
    with Index(cache) as beside:
        here = make(beside)
        here.index(repository.files(), repository.read)
        found = here.search(Query("parse duration of secrets"), 50)
        assert "secret.py" not in {one.path for one in found}
        assert retriever.search(Query("secrets"), 50)[0].path == "secret.py"
        assert {one.path for one in retriever.search(Query("water a tree"), 50)} <= {"secret.py"}


def test_nothing_is_wanted_of_files_that_are_known_already(
    make: Callable[[Index], Retriever], index: Index, repository: Repository
) -> None:
    retriever = make(index)
    retriever.index(repository.files(), repository.read)
    question = Query("parse duration", besides=frozenset({"clock/parse.py"}))
    found = retriever.search(question, 50)
    assert found
    assert "clock/parse.py" not in {one.path for one in found}


@pytest.mark.parametrize(
    "text", ["", " ", "the of a", '"', "*", "NEAR(", "\x00", "\ud800", "x" * 200_000]
)
def test_any_question_has_an_answer(
    make: Callable[[Index], Retriever], index: Index, repository: Repository, text: str
) -> None:
    retriever = make(index)
    retriever.index(repository.files(), repository.read)
    assert len(retriever.search(Query(text, symbols=(text,)), 2)) <= 2


def test_an_empty_tree_has_no_passages(make: Callable[[Index], Retriever], index: Index) -> None:
    retriever = make(index)
    assert retriever.search(Query("anything"), 5) == []
    assert retriever.index({}, lambda path: "").indexed == 0
    assert retriever.search(Query("anything"), 5) == []


def test_the_definition_of_a_symbol_comes_first_then_what_it_uses_and_what_uses_it(
    index: Index, repository: Repository
) -> None:
    retriever = FullText(index)
    retriever.index(repository.files(), repository.read)
    for words in ("parse duration", "parseDuration", "How is parse_duration done?"):
        assert retriever.search(Query(words), 1)[0].symbol == "parse_duration"
    found = symbols_of(retriever.search(Query(symbols=("parse_duration",)), 4))
    assert found[0] == "parse_duration"
    assert {"unit_of", "Alarm.__init__"} <= set(found)


def test_a_symbol_may_be_named_with_its_class(index: Index, repository: Repository) -> None:
    retriever = FullText(index)
    retriever.index(repository.files(), repository.read)
    assert retriever.search(Query(symbols=("Alarm.ring",)), 1)[0].symbol == "Alarm.ring"
    assert retriever.search(Query(symbols=("Tree.ring",)), 1) == [] or (
        retriever.search(Query(symbols=("Tree.ring",)), 1)[0].score < 2
    )


def test_a_traceback_leads_to_its_lines(index: Index, repository: Repository) -> None:
    retriever = FullText(index)
    retriever.index(repository.files(), repository.read)
    error = (
        'Traceback (most recent call last):\n  File "/tmp/w/garden/tree.py", line 7, in x\nKeyError'
    )
    assert retriever.search(Query(error), 1)[0].symbol == "Tree.prune"
    named = retriever.search(Query("web/render.ts"), 9)
    assert {one.path for one in named} == {"web/render.ts"}


def test_a_content_that_several_files_have_is_found_once(
    make: Callable[[Index], Retriever], index: Index, repository: Repository
) -> None:
    repository.write("copy/of/parse.py", FILES["clock/parse.py"])
    retriever = make(index)
    assert retriever.index(repository.files(), repository.read).indexed == SOURCES
    found = retriever.search(Query("parse duration"), 50)
    assert len([one for one in found if one.symbol == "parse_duration"]) == 1


def test_a_file_that_may_not_be_read_is_skipped_and_asked_for_again(index: Index) -> None:
    def refuse(path: str) -> str:
        raise BadInput(f"{path} is a link")

    retriever = FullText(index)
    assert retriever.index({"a.py": "1" * 40}, refuse).skipped == {"a.py": "a.py is a link"}
    assert retriever.index({"a.py": "1" * 40}, lambda path: "def f(): pass\n").indexed == 1


def test_vectors_are_made_once_and_again_for_another_model(
    cache: Path, repository: Repository
) -> None:
    def another(texts: Sequence[str]) -> Vectors:
        found = embedded_by_words(texts)
        return Vectors(found.vectors, ModelName("words", "2"), 0, 0.0)

    with Index(cache) as index:
        made = ByMeaning(index, embedded_by_words).index(repository.files(), repository.read)
        assert made.embedded > SOURCES
        assert (
            ByMeaning(index, another).index(repository.files(), repository.read).embedded
            == made.embedded
        )
    with Index(cache) as index:
        again = ByMeaning(index, another).index(repository.files(), repository.read)
        assert again.embedded == 0


def test_a_text_that_is_too_long_for_a_model_is_embedded_as_far_as_it_goes(
    index: Index, repository: Repository
) -> None:
    def short(texts: Sequence[str]) -> Vectors:
        if any(len(text) > 100 for text in texts):
            raise BadInput("too long")
        return embedded_by_words(texts)

    retriever = ByMeaning(index, short)
    assert retriever.index(repository.files(), repository.read).embedded > SOURCES
    assert retriever.search(Query("parse duration " * 50), 1)


def test_a_real_model_finds_what_is_about_the_same(
    index: Index, repository: Repository, model_server: ModelServer
) -> None:
    model = connect(model_server.settings)
    retriever = ByMeaning(index, model.embed)
    found = retriever.index(repository.files(), repository.read)
    assert found.embedded > SOURCES
    text = FILES["clock/parse.py"].split("\n\n\n")[1]
    assert retriever.search(Query(f"parse_duration\n{text}"), 1)[0].symbol == "parse_duration"
    assert retriever.index(repository.files(), repository.read).embedded == 0
    model.close()
