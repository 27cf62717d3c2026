"""What podman complains about, and what to do about it: one place that knows its messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ygg.errors import MissingExtra, NotFound, Unreachable, YggError

Make = Callable[[str, str], YggError]
"""From what was asked of podman and the line it complained with."""
_PLACE = re.compile(r"/[^:\"\s]+")
NEEDED = "on Debian: apt-get install podman"


def missing() -> YggError:
    return MissingExtra("podman is not installed here", hint=NEEDED)


def _no_space(what: str, line: str) -> YggError:
    found = None if re.search(r"\btar\b|\blayer", line) else _PLACE.search(line)
    return YggError(  # of a layer it names the file in the image
        f"{what}: no space is left {f'for {found[0]}' if found else 'where podman keeps images'}",
        hint="df -h says which disk is full; podman system df what its images take of it, and"
        " podman image prune frees what none needs",
    )


def _no_image(what: str, line: str) -> YggError:
    return NotFound(f"{what}: {line}", hint="podman images lists those that are here")


def _no_answer(what: str, line: str) -> YggError:
    return Unreachable(f"{what}: {line}", hint="is there a network, and does the registry answer?")


def _not_allowed(what: str, line: str) -> YggError:
    return YggError(
        f"{what}: podman may not do that here: {line}",
        hint="podman info must work for this user; without root it needs newuidmap"
        " (on Debian: apt-get install uidmap) and a line for the user in /etc/subuid",
    )


_KNOWN: tuple[tuple[str, Make], ...] = (
    (r"no space left on device|disk quota exceeded", _no_space),
    (
        r"no such image|image not known|unable to find a name|did not resolve to an alias"
        r"|does not exist in database|manifest unknown|not found: image",
        _no_image,
    ),
    (
        r"no such host|connection refused|i/o timeout|network is unreachable|no route to host"
        r"|pinging container registry|temporary failure in name resolution",
        _no_answer,
    ),
    (r"newuidmap|cannot set up namespace|operation not permitted|cannot re-exec", _not_allowed),
)


def trouble(what: str, told: Sequence[str], code: int) -> YggError:
    """From the last lines that podman wrote. `what` is what it was asked for, in our words."""
    text = "\n".join(told)
    for pattern, make in _KNOWN:
        found = list(re.finditer(pattern, text, re.IGNORECASE))
        if found:  # the last: before it gives up it warns of each try
            return make(what, _line_at(text, found[-1].start()))
    last = "\n".join(told[-6:]) or f"it ended with {code} and said nothing"
    return YggError(f"{what}: podman failed:\n{last}")


def _line_at(text: str, place: int) -> str:
    begin = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    line = text[begin : None if end < 0 else end]
    return line.removeprefix("Error: ").strip()
