"""Whether Ollama left something of a prompt out. It does so without a word: it cuts a message that
does not fit, leaves out a conversation's early messages, and forgets the beginning while it writes.
"""

from __future__ import annotations

from collections.abc import Callable

from ygg.errors import BadInput
from ygg.models.fit import FIELD
from ygg.models.port import Chat, Generate, Message

AROUND_TOKENS = 16
"""What a template puts around a message, at most."""


class Dropped:
    """Looks at one conversation after the other. What was read whole before bounds what its
    messages can take now, so that hardly anything needs to be counted."""

    def __init__(self, context_tokens: int, count: Callable[[str, str], int]) -> None:
        self._most = context_tokens
        self._count = count
        """Asks the server how many tokens a text is for a model; the server has to read it."""
        self._bounds: dict[tuple[str, Message], int] = {}

    def refuse(self, request: Chat | Generate, model: str, tokens_in: int, tokens_out: int) -> None:
        if tokens_in >= self._most:
            raise self._too_few("Ollama dropped the beginning of it")
        if tokens_in + tokens_out > self._most:
            raise self._too_few("Ollama forgot its beginning while it wrote the answer")
        if isinstance(request, Generate):
            return
        if self._may_lack_some(request, model, tokens_in):
            whole = sum(self._count(each.text.strip(), model) for each in request.messages)
            around = AROUND_TOKENS * len(request.messages)
            # Near the very end what is around the others may hide that a short one is missing.
            if tokens_in < whole or tokens_in + around > self._most:
                raise self._too_few("Ollama left out its first messages")
        for each in request.messages:
            self._bounds[model, each] = min(tokens_in, self._bound(each, model))

    def _may_lack_some(self, request: Chat, model: str, tokens_in: int) -> bool:
        """It keeps what the system says and the last message, and leaves out no more than it must:
        with the last of what it left out, the prompt would have been too long."""
        droppable = [each for each in request.messages[:-1] if each.role != "system"]
        # At a glance first, and then by what the server says of those that are left.
        return any(
            tokens_in + self._bound(each, model) > self._most
            and tokens_in + self._count(each.text.strip(), model) + AROUND_TOKENS > self._most
            for each in droppable
        )

    def _bound(self, message: Message, model: str) -> int:
        at_most = len(message.text.encode()) + AROUND_TOKENS
        return self._bounds.get((model, message), at_most)

    def _too_few(self, what: str) -> BadInput:
        return BadInput(
            f"{self._most} tokens are too few for this prompt",
            field=FIELD,
            hint=f"{what}; ask for less, or raise models.context_tokens",
        )
