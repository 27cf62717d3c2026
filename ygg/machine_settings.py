"""What one machine is told: its executor, its sandbox, its secrets, its language model."""

from __future__ import annotations

import socket
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from ygg.labels import QUEUE
from ygg.tags import TAG, with_facts

HomePath = Annotated[Path, AfterValidator(Path.expanduser)]
"""A path that may begin with `~`."""


class Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ExecutorSettings(Group):
    """One worker on one machine."""

    name: str = Field(default_factory=lambda: _machine())
    """Unique in the fleet; the machine's name unless a machine runs several."""
    machine: str = Field(default_factory=lambda: _machine())
    """Names the queue of this machine alone, `on.MACHINE`."""
    queues: tuple[str, ...] = ()
    """Queues to consume, `*` for all in which something that it offers is asked for; by default
    those whose routes say `served_by` this name."""
    concurrency: int = Field(default=2, ge=1, le=256)
    """Tasks at a time."""
    tags: frozenset[str] = frozenset()
    """What this machine has that a label or route may need: `gpu`. `arch:` and `memory:`, in GiB,
    are found out where they are not given."""
    handlers: tuple[str, ...] = ()
    """Offer only labels that begin with one of these; by default every installed handler."""
    drain_seconds: float = Field(default=60, ge=0)
    """After SIGTERM, how long running tasks may go on before they are handed back."""
    image_digest: str = ""
    """Digest of the image this runs from; announced to the coordinator."""
    heartbeat_seconds: float = Field(default=2, gt=0)
    """How often the executor says that it is there; five missed and it counts as gone."""
    log_limit_bytes: int = Field(default=1024 * 1024, ge=1024)
    """The most log of one attempt that is kept; the rest is counted and dropped."""
    log_rate_bytes: int = Field(default=256 * 1024, ge=1024)
    """The most log of one attempt that is sent in a second, on average."""
    families: dict[str, int] = {}
    """Tasks of a family at a time, by first word of their labels: `{ code = 1 }` for one GPU."""
    workspace_bytes: int = Field(default=8 * 1024**3, ge=1024 * 1024)
    """The most that a task's files may take; one that writes more is stopped."""
    workspace_files: int = Field(default=200_000, ge=100)
    """The most files and folders that a task may have; one that makes more is stopped."""
    keep_workspaces: Literal["never", "failed", "always"] = "never"
    """Whose workspaces stay in the data folder, under `kept`: to look at, until somebody removes
    them."""
    health_port: int | None = Field(default=None, ge=1, le=65535)
    """Where `/health` answers over HTTP: by default at 7422 in a container, and nowhere else."""
    health_host: str = "127.0.0.1"
    """The address that `/health` listens on."""
    disk_free_bytes: int = Field(default=1024**3, ge=0)
    """With less than this free in the data folder the executor is unhealthy."""

    @cached_property
    def all_tags(self) -> frozenset[str]:
        """With what the machine says of itself."""
        return with_facts(self.tags)

    @field_validator("tags")
    @classmethod
    def _tags_are_tags(cls, value: frozenset[str]) -> frozenset[str]:
        for tag in value:
            if not TAG.fullmatch(tag):
                raise ValueError(f"{tag[:40]!r} is no tag such as gpu, arch:arm64, memory:16")
        return value

    @field_validator("families")
    @classmethod
    def _families_are_words(cls, value: dict[str, int]) -> dict[str, int]:
        for family, most in value.items():
            if not QUEUE.fullmatch(family) or most < 1:
                raise ValueError("must be whole numbers from 1, by first word of the labels: code")
        return value


class SandboxSettings(Group):
    """Where an executor runs code that nobody vouches for: the commands of untrusted labels."""

    use: Literal["auto", "bubblewrap", "podman", "off"] = "auto"
    """What confines it: by default the first that works here. `off` runs it like any other command:
    only for a machine that is itself thrown away, or whose submitters may do everything on it."""
    network: bool = False
    """Whether a task that asks for the network gets it."""
    readable: tuple[HomePath, ...] = ()
    """What it may read besides the system and the folders of PATH: a toolchain in a home."""
    writable: tuple[HomePath, ...] = ()
    """What it may write besides its workspace."""
    user: str = "nobody"
    """Whom it runs as where the executor is root; never root."""
    image: str = ""
    """The image that podman runs it in."""
    memory_bytes: int = Field(default=4 * 1024**3, ge=64 * 1024**2)
    """The most memory of one task's commands together."""
    processes: int = Field(default=512, ge=8)
    """The most processes and threads of one command."""
    open_files: int = Field(default=4096, ge=64)
    """The most files that one process may have open."""
    cpu_seconds: int = Field(default=24 * 3600, ge=1)
    """The most processor time of one process."""


class SecretRules(Group):
    """Where one secret comes from, and which labels may use it."""

    file: HomePath | None = None
    """A file with nothing else in it."""
    env: str | None = None
    """A variable of the executor's environment."""
    labels: tuple[str, ...] = Field(min_length=1)
    """The labels that may use it; one that ends in a dash means all that begin with it."""

    @model_validator(mode="after")
    def _has_one_place(self) -> SecretRules:
        if (self.file is None) == (self.env is None):
            raise ValueError("name either a file or an env variable")
        return self

    def serves(self, label: str) -> bool:
        return any(
            label.startswith(one) if one.endswith("-") else label == one for one in self.labels
        )


EMBEDDED_MODEL_PORT = 7421
EMBEDDED_MODEL_URL = f"http://127.0.0.1:{EMBEDDED_MODEL_PORT}/v1"
"""Where a machine serves its own model, and asks it."""


class ModelSettings(Group):
    """The language model that the handlers of this machine ask. See docs/models.md."""

    adapter: Literal["ollama", "openai", "embedded"] | None = None
    """How it is spoken to: by Ollama's API, by OpenAI's, which most other servers have, or the one
    that this machine serves to itself. Without one no label that needs a model is offered here."""
    url: str | None = Field(default=None, pattern=r"^https?://")
    """The server, by default the adapter's usual one on this machine: `http://127.0.0.1:11434` for
    Ollama. For `openai` up to and with the `/v1`."""
    model: str = ""
    """The model that is asked when a task names none; may be left out where there is only one."""
    embedding_model: str = ""
    """The model that turns text into vectors; by default `model`."""
    api_key: SecretStr | None = None
    """What the server wants as bearer token."""
    api_key_file: HomePath | None = None
    """A file with nothing else in it than that token."""
    context_tokens: int = Field(default=8192, ge=256, le=10_000_000)
    """The most of a conversation, answer included, that the model sees; more takes more memory."""
    connect_seconds: float = Field(default=5, gt=0)
    """A server that does not take a connection in this time is away: the task goes back."""
    silent_seconds: float = Field(default=600, gt=0)
    """A server that says nothing for so long, while it loads a model or thinks, is given up."""
    most_requests: int | None = Field(default=None, ge=1, le=1024)
    """Questions that the tasks of this machine ask it at a time; further ones wait for their turn.
    By default 2, and `parallel` for `embedded`."""
    guard_dir: HomePath | None = None
    """Where those tasks know of each other's questions, and of a server that is away; by default
    in the data folder. Several data folders that name the same one share the bound."""
    gguf: HomePath | None = None
    """The model's file, for `embedded`."""
    parallel: int = Field(default=2, ge=1, le=64)
    """For `embedded`: questions that are answered at a time, each with a context of its own."""
    threads: int | None = Field(default=None, ge=1, le=1024)
    """For `embedded`: processor cores that it may use; by default all but one."""
    prompt_cache_bytes: int = Field(default=256 * 1024**2, ge=0)
    """For `embedded`: the most memory for prompts that it has seen and may see again."""
    pooling: Literal["mean", "cls", "last", "model"] = "mean"
    """For `embedded`: how the vectors of a text's tokens become one; `model` if its file says."""

    @property
    def requests_at_a_time(self) -> int:
        """More than it answers at a time would wait there, where nobody sees them."""
        return self.most_requests or (self.parallel if self.adapter == "embedded" else 2)

    @model_validator(mode="after")
    def _has_one_key(self) -> ModelSettings:
        if self.api_key is not None and self.api_key_file is not None:
            raise ValueError("name either an api_key or an api_key_file")
        return self


def _machine() -> str:
    name = socket.gethostname().split(".", 1)[0].lower()
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-") or "machine"
