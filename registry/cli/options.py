"""What several verbs are told alike, and what all of them need."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from registry.names import FAMILIES, family_of
from ygg.cli.run import check_installed

ALL = "all"
NEEDS = ("bcrypt", "cryptography", "httpx", "yaml")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _offered(context: click.Context, parameter: click.Parameter, text: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in (*FAMILIES, ALL) if name.startswith(text)]


FAMILY = click.argument("names", metavar="[FAMILY]...", nargs=-1, shell_complete=_offered)
"""None, or `all`: each of them."""


def families_of(names: Sequence[str]) -> list[str]:
    return list(FAMILIES) if not names or ALL in names else [family_of(one) for one in names]


def needs_registry() -> None:
    check_installed("registry", NEEDS, "registry")
