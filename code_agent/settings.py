"""What a machine tells its code agent: the table `[handlers.code]`."""

from __future__ import annotations

from pydantic import Field

from executors.handler import HandlerSettings


class AgentSettings(HandlerSettings):
    """How hard the agent tries here. A task may ask for less."""

    section = "code"

    answers: int = Field(default=4, ge=1, le=32)
    """Fresh answers to a question at most; each may be repaired once besides."""
    answers_at_a_time: int = Field(default=2, ge=1, le=16)
    """Answers that the model is asked for at a time, once its first one would not do."""
    answer_tokens: int = Field(default=1024, ge=16, le=32_768)
    """The longest answer. Of a longer one what is whole counts, or it is refused."""
    task_tokens: int = Field(default=200_000, ge=1000)
    """Tokens, read and written, that one task may use."""
    check_seconds: float = Field(default=120, gt=0)
    """The longest that one check may run."""
    embeddings: bool = False
    """Code of a repository is looked for by vectors of `models.embedding_model`, too, not by its
    words alone. Where the server makes none the task goes on without, and its log says so."""
