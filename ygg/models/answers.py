"""What OpenAI-compatible servers answer, as far as we read it. Servers add what they like."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PromptTokens(_Answer):
    cached_tokens: int | None = None


class Usage(_Answer):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: PromptTokens | None = None


class Timings(_Answer):
    """What llama.cpp says besides; builds of it that say no cached tokens say this."""

    cache_n: int | None = None


class Delta(_Answer):
    content: str | None = None


class Choice(_Answer):
    delta: Delta = Delta()
    """Of a chat."""
    text: str | None = None
    """Of a completion."""
    finish_reason: str | None = None


class Trouble(_Answer):
    """The inner part of most servers' `{"error": …}`."""

    message: str = ""
    code: int | str | None = None


class Chunk(_Answer):
    """One event of an answer."""

    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    timings: Timings | None = None
    error: Trouble | str | None = None
    """Instead: it failed after it had begun."""

    @property
    def tokens_cached(self) -> int | None:
        details = self.usage.prompt_tokens_details if self.usage else None
        if details is not None and details.cached_tokens is not None:
            return details.cached_tokens
        return self.timings.cache_n if self.timings else None

    @property
    def status(self) -> int:
        code = self.error.code if isinstance(self.error, Trouble) else None
        return code if isinstance(code, int) else 500


class Vector(_Answer):
    embedding: tuple[float, ...]
    index: int


class Embeddings(_Answer):
    data: tuple[Vector, ...]
    usage: Usage = Usage()


class ListedModel(_Answer):
    id: str
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Ours has its file's digest among them: `sha256:…`."""
    max_model_len: int | None = None
    """How much context there is, where vLLM lists it."""

    @property
    def digest(self) -> str:
        return next((tag[7:] for tag in self.tags if tag.startswith("sha256:")), "")


class ListedModels(_Answer):
    data: tuple[ListedModel, ...]
