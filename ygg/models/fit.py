"""Whether a question and its answer fit into what the model sees."""

from __future__ import annotations

from collections.abc import Callable

from ygg.errors import BadInput
from ygg.models.estimate import MOST_BYTES, most_tokens, size_bytes
from ygg.models.port import Chat, Count, Generate

FIELD = "models.context_tokens"


def refuse_too_long(
    request: Chat | Generate, context_tokens: int | None, count: Callable[[], Count]
) -> None:
    """Counts only what is not short enough at a glance."""
    room = request.options.max_tokens or 1
    if context_tokens is None or most_tokens(request) + room <= context_tokens:
        return
    found = count()
    # Where that is not sure the server is asked, and what it says it read is looked at.
    least = found.tokens if found.exact else 1 + size_bytes(request) // MOST_BYTES
    if least + room > context_tokens:
        size = f"{least}" if found.exact else f"at least {least}"
        raise BadInput(
            f"the prompt takes {size} tokens and the answer up to {room}: "
            f"more than the {context_tokens} that the model sees",
            field=FIELD,
            hint="ask for less, allow the answer fewer tokens, or raise models.context_tokens",
        )
