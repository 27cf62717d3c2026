"""What functions do that a call has made and returned, called in their turn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from code_agent.inside.ygg_canonical import Canonical, raised, text_of
    from code_agent.inside.ygg_heard import hearing
    from code_agent.inside.ygg_surroundings import TooLong, printing
else:  # they lie beside this file, wherever that is run
    from ygg_canonical import Canonical, raised, text_of
    from ygg_heard import hearing
    from ygg_surroundings import TooLong, printing

MOST_FUNCTIONS = 3
"""Of one call, and of one that was made by these."""
GIVEN = (
    *("3", "Row()", "'abc'", "[3, 1, 2]", "{'a': 1}", "None", "lambda *given: len(given)"),
    *("", "2, 3", "'abc', 'b'", "[3, 1], [1]", "Row(), Row()", "lambda *given: 3, 2"),
    *("3, 2, 1", "'abc', 'b', 'c'"),
)
"""Nobody knows how many things they take: what does not fit tells nothing."""
GIVEN_WITHIN = ("3", "", "'abc'", "2, 3")


class Row(dict[Any, Any]):
    """It has whatever it is asked for."""

    def __missing__(self, key: object) -> int:
        return len(str(key)) + 3


def called(
    functions: Sequence[Callable[..., Any]], folders: Collection[str], given: Sequence[str] = GIVEN
) -> list[Any]:
    """For each function what came of each call of it."""
    return [
        [
            {"given": text, **_result(one, text, folders, is_last=given is GIVEN_WITHIN)}
            for text in given
        ]
        for one in functions[:MOST_FUNCTIONS]
    ]


def _result(
    one: Callable[..., Any], text: str, folders: Collection[str], *, is_last: bool
) -> dict[str, Any]:
    values = eval(f"[{text}]", {"Row": Row})  # noqa: S307  it is one of those above
    seen = Canonical()
    with printing() as printed, hearing(folders) as heard:
        try:
            value = one(*values)
            if inspect.iscoroutine(value):
                value.close()
                value = None
            found = {"value": seen.of(value)}
        except TooLong:
            raise
        except BaseException as error:  # noqa: BLE001  that is what it did
            found = raised(error)
    if said := printed.getvalue():
        found["printed"] = text_of(said.decode(errors="replace"))
    if seen.functions and not is_last:
        found["within"] = called(seen.functions, folders, GIVEN_WITHIN)
    return found | heard.parts()
