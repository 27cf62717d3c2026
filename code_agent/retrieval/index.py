"""Knows the contents of a tree, and of the next one only what is new in that."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from code_agent.languages.which import SPELLINGS, language_of
from code_agent.retrieval.contents import Key, Known, Read, known, make_room, store, touch
from code_agent.retrieval.database import Damaged, Database, damage_told, said
from code_agent.retrieval.pieces import pieces_of
from code_agent.retrieval.port import Files, Indexed
from code_agent.retrieval.port import Read as ReadText
from code_agent.retrieval.unfit import unfit_path, unfit_text
from ygg.errors import BadInput, YggError

MOST_BYTES = 512 * 1024 * 1024
"""Of what is known. The file may be half as large again: free pages wait for what comes next."""
BATCH_BYTES = 4 * 1024 * 1024
"""Of what is written at once. Nobody else can write meanwhile."""

T = TypeVar("T")


class Index:
    """In a cache folder, that other processes use, too. To be used by one thread, and closed."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._database = Database(folder)
        self._most_bytes = most_bytes
        self._tree: tuple[Files, ReadText] | None = None
        self.paths: list[str] = []
        """Of the tree's files, each at the number under which `tree` has its content."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def take_in(self, files: Files, read: ReadText) -> Indexed:
        """From now on this is the tree."""
        self._tree = None
        found = self._sound(lambda: self._take_in(files, read))
        self._tree = (files, read)
        return found

    def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """What is in the database, with the tree's contents in the table `tree`."""
        return self._sound(lambda: question(self._database.connection))

    def change(self, how: Callable[[sqlite3.Connection], T]) -> T:
        def changing() -> T:
            with self._database.writing() as connection:
                return how(connection)

        return self._sound(changing)

    def room_for(self, connection: sqlite3.Connection, needed_bytes: int) -> bool:
        """Whether so much can be added, after dropping what is not of this tree."""
        return make_room(connection, needed_bytes, self._most_bytes)

    def _sound(self, does: Callable[[], T]) -> T:
        """Do it; with another database if this one turns out to be damaged."""
        with said():
            try:
                with damage_told():
                    return does()
            except Damaged:
                self._database.replace()
            try:
                with damage_told():
                    if self._tree is not None:
                        self._take_in(*self._tree)
                    return does()
            except Damaged as error:
                raise YggError(
                    f"a new index of code is damaged, too: {error}",
                    hint="see whether the disk of the cache folder is sound",
                ) from error

    def _take_in(self, files: Files, read: ReadText) -> Indexed:
        paths, skipped = _sorted_out(files)
        connection = self._database.connection
        connection.execute("DELETE FROM tree")
        self.paths = []
        have = known(connection, paths)
        with self._database.writing():
            touch(connection, [one.number for one in have.values()])
            for key, one in have.items():
                self._add(paths[key], one, skipped)
        missing = [key for key in paths if key not in have]
        indexed = 0
        for batch in _batches(self._read_all(missing, paths, read, skipped)):
            indexed += self._write(batch, paths, skipped)
        reused = sum(not one.skipped for one in have.values())
        return Indexed(indexed=indexed, reused=reused, skipped=skipped)

    def _read_all(
        self, keys: list[Key], paths: dict[Key, list[str]], read: ReadText, skipped: dict[str, str]
    ) -> Iterator[Read]:
        for key in keys:
            try:
                yield _read(key, paths[key][0], read)
            except (
                BadInput
            ) as error:  # it is no file that may be read; its content may be another's
                skipped.update(dict.fromkeys(paths[key], error.message))

    def _write(
        self, batch: list[Read], paths: dict[Key, list[str]], skipped: dict[str, str]
    ) -> int:
        stored = 0
        with self._database.writing() as connection:
            for one in batch:
                if self.room_for(connection, one.size_bytes):
                    self._add(paths[one.key], store(connection, one), skipped)
                    stored += not one.skipped
                else:
                    skipped.update(dict.fromkeys(paths[one.key], "no room in the index"))
        return stored

    def _add(self, paths: list[str], content: Known, skipped: dict[str, str]) -> None:
        for path in paths:
            if content.skipped:
                skipped[path] = content.skipped
            else:
                self._database.connection.execute(
                    "INSERT INTO tree VALUES (?, ?)", (len(self.paths), content.number)
                )
                self.paths.append(path)


def _sorted_out(files: Files) -> tuple[dict[Key, list[str]], dict[str, str]]:
    """The paths of each content; and those at which nobody looks."""
    paths: dict[Key, list[str]] = defaultdict(list)
    skipped: dict[str, str] = {}
    for path, content_hash in sorted(files.items()):
        why = unfit_path(path)
        if why:
            skipped[path] = why
        else:
            paths[content_hash, language_of(path) or ""].append(path)
    return dict(paths), skipped


def _read(key: Key, path: str, read: ReadText) -> Read:
    try:
        text = read(path)
    except UnicodeDecodeError:
        return Read(key, "binary")
    why = unfit_text(text)
    if why:
        return Read(key, why)
    readable = text.encode(errors="replace").decode()
    language = next((one for one in SPELLINGS if one == key[1]), None)
    return Read(key, pieces=pieces_of(readable, language or language_of("", readable)))


def _batches(found: Iterator[Read]) -> Iterator[list[Read]]:
    batch: list[Read] = []
    size_bytes = 0
    for one in found:
        batch.append(one)
        size_bytes += one.size_bytes
        if size_bytes > BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch
