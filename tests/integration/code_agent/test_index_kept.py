"""The file that an index is kept in: shared, damaged, too full, of another version."""

from __future__ import annotations

import hashlib
import multiprocessing
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from code_agent.retrieval.by_meaning import ByMeaning
from code_agent.retrieval.contents import BYTES_A_CONTENT
from code_agent.retrieval.database import SCHEMA
from code_agent.retrieval.full_text import FullText
from code_agent.retrieval.index import Index
from code_agent.retrieval.port import Query
from tests.integration.code_agent.test_index import embedded_by_words
from tests.limits import files_of_at_most
from ygg.errors import YggError

ROOT = Path(__file__).parents[3]


def texts_of(start: int, end: int) -> dict[str, str]:
    return {
        f"m{one}.py": f"def work_{one}(x):\n    return x + {one}\n" for one in range(start, end)
    }


def hashes_of(texts: dict[str, str]) -> dict[str, str]:
    return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}


def known_to(folder: Path, texts: dict[str, str], most_bytes: int = 2**30) -> tuple[int, int]:
    """What of these was new to the index, and that each is found in it."""
    with Index(folder, most_bytes) as index:
        retriever = FullText(index)
        found = retriever.index(hashes_of(texts), texts.__getitem__)
        for path in list(texts)[:3]:
            name = f"work_{path[1:-3]}"
            assert retriever.search(Query(symbols=(name,)), 1)[0].path == path
        return found.indexed, found.reused


def database_in(folder: Path) -> Path:
    [file] = folder.glob("*.sqlite")
    return file


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def no_database(file: Path) -> None:
    file.write_bytes(b"no database at all\n" * 1000)


def cut_in_half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwritten(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for start in range(4096, len(content), 8192):
        content[start : start + 4096] = b"\xa5" * 4096
    file.write_bytes(content)


def of_a_newer_schema(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")


def without_a_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE definitions")


DAMAGES = [emptied, no_database, cut_in_half, overwritten, of_a_newer_schema, without_a_table]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_made_again(damage: Callable[[Path], None], tmp_path: Path) -> None:
    texts = texts_of(0, 60)
    assert known_to(tmp_path, texts) == (60, 0)
    damage(database_in(tmp_path))
    known_to(tmp_path, texts)
    assert known_to(tmp_path, texts) == (0, 60)
    assert database_in(tmp_path).name == f"{SCHEMA}.2.sqlite"


def test_a_search_survives_that_its_database_is_damaged_meanwhile(tmp_path: Path) -> None:
    texts = texts_of(0, 60)
    with Index(tmp_path) as index:
        retriever = FullText(index)
        retriever.index(hashes_of(texts), texts.__getitem__)
        meaning = ByMeaning(index, embedded_by_words)
        index.change(lambda connection: connection.execute("DROP TABLE uses"))
        assert retriever.search(Query(symbols=("work_7",)), 1)[0].path == "m7.py"
        assert meaning.search(Query("work 7"), 60)
    assert known_to(tmp_path, texts) == (0, 60)


def test_what_another_version_left_goes_when_nobody_used_it_for_a_week(tmp_path: Path) -> None:
    known_to(tmp_path, texts_of(0, 1))
    old, used = tmp_path / "0.1.sqlite", tmp_path / "99.1.sqlite"
    for file in (old, used):
        file.write_bytes(b"")
    subprocess.run(["touch", "-d", "8 days ago", old], check=True)
    known_to(tmp_path, texts_of(0, 1))
    assert not old.exists()
    assert used.exists()


def test_a_process_that_is_killed_while_it_writes_leaves_a_sound_index(tmp_path: Path) -> None:
    texts = texts_of(0, 40)
    script = (
        "import os, sys; from pathlib import Path; from code_agent.retrieval.index import Index\n"
        "def kill(connection):\n"
        '    connection.execute("DELETE FROM contents"); os.kill(os.getpid(), 9)\n'
        "Index(Path(sys.argv[1])).change(kill)\n"
    )
    known_to(tmp_path, texts)
    done = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert known_to(tmp_path, texts) == (0, 40)


def test_several_processes_use_it_at_a_time(tmp_path: Path) -> None:
    jobs = [(tmp_path, texts_of(start, start + 60)) for start in (0, 20, 40, 0)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.starmap(known_to, jobs, chunksize=1)
    assert all(new + reused == 60 for new, reused in found)
    assert known_to(tmp_path, texts_of(0, 100)) == (0, 100)
    with Index(tmp_path) as index:
        rows = index.ask(lambda one: one.execute("SELECT count(*) FROM contents").fetchone())
        assert rows == (100,)
        assert index.ask(lambda one: one.execute("PRAGMA integrity_check").fetchone()) == ("ok",)


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    first, second, third = texts_of(0, 10), texts_of(10, 20), texts_of(20, 30)
    room = 25 * (BYTES_A_CONTENT + 200)
    known_to(tmp_path, first, room)
    known_to(tmp_path, second, room)
    with Index(tmp_path) as index:
        names = ", ".join(f"'{one}'" for one in hashes_of(first).values())
        index.change(
            lambda connection: connection.execute(
                f"UPDATE contents SET used_at = used_at - 9999 WHERE hash IN ({names})"  # noqa: S608
            )
        )
    known_to(tmp_path, first, room)  # used again
    assert known_to(tmp_path, third, room) == (10, 0)
    assert known_to(tmp_path, third, room) == (0, 10)
    with Index(tmp_path, room) as index:
        kept = index.ask(
            lambda one: {row[0] for row in one.execute("SELECT hash FROM contents").fetchall()}
        )
        [size] = index.ask(
            lambda one: one.execute("SELECT sum(size_bytes) FROM contents").fetchone()
        )
    assert size <= room
    assert set(hashes_of(third).values()) <= kept
    of_first, of_second = (len(kept & set(hashes_of(each).values())) for each in (first, second))
    assert of_first > of_second
    known_to(tmp_path, first, room)


def test_a_tree_that_does_not_fit_is_known_in_part_and_says_so(tmp_path: Path) -> None:
    texts = texts_of(0, 50)
    with Index(tmp_path, 20 * BYTES_A_CONTENT) as index:
        retriever = ByMeaning(index, embedded_by_words)
        found = retriever.index(hashes_of(texts), texts.__getitem__)
        assert 5 < found.indexed < 20
        assert set(found.skipped.values()) == {"no room in the index"}
        assert len(found.skipped) == 50 - found.indexed
        assert FullText(index).search(Query("work"), 50)


def test_dropped_contents_leave_nothing_behind(tmp_path: Path) -> None:
    with Index(tmp_path, 12 * BYTES_A_CONTENT) as index:
        for start in range(0, 60, 6):
            texts = texts_of(start, start + 6)
            ByMeaning(index, embedded_by_words).index(hashes_of(texts), texts.__getitem__)
        tables = ("pieces", "definitions", "uses", "vectors", "words_docsize")
        rows = {
            table: index.ask(
                lambda one, table=table: one.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            )
            for table in tables
        }
        assert rows["pieces"] == rows["words_docsize"] == rows["definitions"] <= 12
        assert rows["vectors"] <= rows["pieces"]
        index.change(
            lambda one: one.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        )


def test_the_file_does_not_grow_with_what_passes_through_it(tmp_path: Path) -> None:
    most_bytes = 400_000
    sizes = []
    for start in range(0, 3000, 150):
        texts = texts_of(start, start + 150)
        known_to(tmp_path, texts, most_bytes)
        sizes.append(database_in(tmp_path).stat().st_size)
    assert max(sizes[10:]) <= 1.1 * max(sizes[:10])
    assert max(sizes) < 2 * most_bytes


def test_a_disk_that_is_full_is_told_of(tmp_path: Path) -> None:
    texts = texts_of(0, 500)
    with (
        Index(tmp_path) as index,
        files_of_at_most(200_000),
        pytest.raises(YggError, match="index of code cannot be used") as refused,
    ):
        FullText(index).index(hashes_of(texts), texts.__getitem__)
    assert refused.value.hint
    assert known_to(tmp_path, texts)[0] > 0


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(YggError, match="index of code cannot be used"):
        Index(tmp_path / "file")


def test_errors_of_whoever_reads_are_theirs(tmp_path: Path) -> None:
    def lost(path: str) -> str:
        raise FileNotFoundError(path)

    with Index(tmp_path) as index, pytest.raises(FileNotFoundError):
        FullText(index).index({"a.py": "1" * 40}, lost)
