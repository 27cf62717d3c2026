"""Lists that a registry gives in pages: all of them, and an end to those that have none."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import BaseModel, ValidationError

from registry.client.transport import Answer, Call, Transport
from registry.client.trouble import no_registry
from ygg.errors import BadInput

PAGE_SIZE = 200
MOST_NAMES = 200_000
_NEXT = re.compile(r'<([^>]{1,4000})>\s*;\s*rel="?next"?', re.IGNORECASE)


class Catalog(BaseModel):
    repositories: list[str] | None

    @property
    def names(self) -> list[str]:
        return self.repositories or []


class Tags(BaseModel):
    tags: list[str] | None
    """None once the last of them is deleted."""

    @property
    def names(self) -> list[str]:
        return self.tags or []


Page = type[Catalog] | type[Tags]


def listed(
    transport: Transport,
    call: Call,
    page: Page,
    check: Callable[[str], None],
    page_size: int = PAGE_SIZE,
) -> list[str]:
    """All names, as the registry orders them, each once."""
    found: dict[str, None] = {}
    asked: set[str] = set()
    last: str | None = ""
    until = time.monotonic() + transport.patience.transfer_seconds
    while last is not None:
        asked.add(last)
        answer = _page(transport, call, page_size, last)
        before = len(found)
        found |= dict.fromkeys(_names(transport.address, answer, page, check))
        last = _next(answer)
        if last is not None and (last in asked or len(found) == before):
            raise no_registry(transport.address, f"the pages of {call.what} go in a circle")
        if len(found) > MOST_NAMES or time.monotonic() > until:
            raise no_registry(transport.address, f"the {call.what} of it come to no end")
    return list(found)


def _page(transport: Transport, call: Call, page_size: int, last: str) -> Answer:
    query = f"?n={page_size}" + (f"&last={quote(last, safe='')}" if last else "")
    return transport.ask(
        Call(call.method, f"{call.path}{query}", call.what, call.scope, call.good, call.headers)
    )


def _next(answer: Answer) -> str | None:
    """The name after which the next page begins. Nothing else of the link is followed."""
    found = _NEXT.search(answer.headers.get("link", ""))
    if found is None:
        return None
    return parse_qs(urlsplit(found[1]).query).get("last", [""])[0]


def _names(address: str, answer: Answer, page: Page, check: Callable[[str], None]) -> list[str]:
    try:
        names = page.model_validate_json(answer.body).names
        for name in names:
            check(name)
    except (ValidationError, BadInput) as error:
        raise no_registry(address, f"its list cannot be read: {str(error)[:200]}") from error
    return names
