"""The words of code and of questions about it, so that `parseDuration` is found as both."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

MOST_IN_QUERY = 64
_WORD_LENGTH = 64

_RUN = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|\d+")
_NAME = re.compile(
    r"`(?P<quoted>[\w.]{2,200})`|(?P<called>[\w.]{2,200})\(|(?P<plain>\w+(?:\.\w+)*)"
)
_CODE_LIKE = re.compile(r"\w_\w|[a-z0-9][A-Z]|[A-Z]{2}[a-z]|\w\.\w")
_COMMON_WORDS = """
about after all also an and any are as at be because been before but by can could did do does
file for from get had has have how if in into is it its line may me most must my no not of on
or our out please said should so some than that the their them then there these they this
those to traceback recent last call us want was we what when where which while who why will
with would you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_OF_ANY_CODE_WORDS = """
argument arguments call called class code define example given gives implement init function list
main method module new number numbers object parameter python return returned returns run self
string such take takes test text type use used uses using value values write
"""
_OF_ANY_CODE = frozenset(_OF_ANY_CODE_WORDS.split())
_ENDING = 3
"""So many letters more or fewer make a form of the same word."""
_STEM = 3


def words_of(text: str) -> Iterator[str]:
    """In lower case. A name of several parts gives each of them, and all of them as one."""
    for run in _RUN.finditer(text):
        parts = [part.lower()[:_WORD_LENGTH] for part in _PART.findall(run[0])]
        yield from (part for part in parts if len(part) > 1)
        if len(parts) > 1:
            yield "".join(parts)[:_WORD_LENGTH]


def full_text_query(text: str) -> str:
    """In the language of SQLite's FTS5: any of the words. Empty if there is none to look for."""
    found = dict.fromkeys(word for word in words_of(text) if word not in _COMMON)
    # Quoted, so that no word is an operator.
    return " OR ".join(f'"{word}"' for word in list(found)[:MOST_IN_QUERY])


def telling_words(text: str) -> set[str]:
    """Without those that are said of any code."""
    return set(words_of(text)) - _COMMON - _OF_ANY_CODE


def is_spoken_of(name: str, words: Collection[str]) -> bool:
    """Whether at least half of a name's words are among these, in whatever form; the last, too, for
    that is what it is about: durations in `parse_duration`."""
    parts = [part.lower() for part in _PART.findall(name)]
    told = [part for part in parts if len(part) > 1 and part not in _COMMON | _OF_ANY_CODE]
    found = [part for part in told if any(_is_form_of(part, word) for word in words)]
    return found[-1:] == told[-1:] != [] and 2 * len(found) >= len(told)


def _is_form_of(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    is_longer = len(short) >= _STEM and len(long) - len(short) <= _ENDING
    return short == long or (is_longer and long.startswith(short))


def names_in(text: str) -> list[str]:
    """What looks like a name from code: spelled, quoted or called like one."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        name = match["quoted"] or match["called"]
        if name is None and _CODE_LIKE.search(match["plain"]):
            name = match["plain"]
        if name and not name.isdigit() and len(name) <= 200:
            found[name.strip(".")] = None
    return list(found)
