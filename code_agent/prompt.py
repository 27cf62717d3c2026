"""Prompts are files, `prompts/NAME.md`: a version, then sections that begin with `--- NAME`.

What stays the same from task to task comes first, so that a server that remembers the beginning of
prompts need not read it again.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

_SECTION = re.compile(r"^--- ([a-z_]+)\n", re.MULTILINE)
_GAP = re.compile(r"\{\{([a-z_]+)\}\}")


@dataclass(frozen=True)
class Prompt:
    name: str
    version: str
    digest: str
    sections: Mapping[str, str]

    def fill(self, section: str, **values: str) -> str:
        """In one pass: what is filled in is never itself taken for a gap."""
        return _GAP.sub(lambda gap: values[gap[1]], self.sections[section]).strip()


@functools.cache
def prompt(name: str) -> Prompt:
    text = (resources.files("code_agent") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    head, *rest = _SECTION.split(text)
    return Prompt(
        name=name,
        version=head.partition("version:")[2].strip(),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        sections=dict(zip(rest[::2], rest[1::2], strict=True)),
    )


def fenced(text: str, language: str = "") -> str:
    """As a block that nothing in the text can end."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
