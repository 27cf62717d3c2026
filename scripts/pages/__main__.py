"""`python -m scripts.pages`: writes the pages that are stale; with --check only says which."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.pages import cli, http, labels, settings

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def pages() -> dict[str, str]:
    """The text of every page, by its file's name."""
    return {
        "cli.md": cli.page(),
        "labels.md": labels.page(),
        "settings.md": settings.page(),
        "http.md": http.page(),
    }


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("Usage: scripts/reference [--check]", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    stale = 0
    for name, text in pages().items():
        file = FOLDER / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        print(f"docs/reference/{name}{' is stale' if arguments else ''}", file=sys.stderr)
        if not arguments:
            file.write_text(text, encoding="utf-8")
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
