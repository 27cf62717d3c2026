"""One frozen `Settings`: `YGG_*` in the environment, over `ygg.toml`, over the defaults here.

`ygg.toml` is the file that `YGG_CONFIG` names, else `./ygg.toml`, else the one in the user's
configuration folder. A group is a table there and a double underscore in the environment:
`[executor] concurrency = 4` is `YGG_EXECUTOR__CONCURRENCY=4`.
"""

from __future__ import annotations

import os
import socket
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ygg.errors import BadInput
from ygg.labels import QUEUE, Routes, nearest
from ygg.tags import TAG, with_facts
from ygg.target import config_file, default_data_dir

HomePath = Annotated[Path, AfterValidator(Path.expanduser)]
"""A path that may begin with `~`."""


class Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class QueueRules(Group):
    """What holds for one queue."""

    limit: int | None = Field(default=None, ge=1)
    """At most this many tasks of the queue are dispatched at a time, on all executors together."""
    window: int | None = Field(default=None, ge=1)
    """Messages published and not yet begun; by default four times its executors' concurrency."""


class CoordinatorSettings(Group):
    """The process that accepts, remembers and dispatches."""

    host: str = "127.0.0.1"
    """The address that the HTTP API listens on."""
    port: int = Field(default=7420, ge=1, le=65535)
    """The port that the HTTP API listens on."""
    database_url: SecretStr | None = None
    """SQLite in the data folder by default; `postgresql+psycopg://…` for PostgreSQL."""
    max_params_bytes: int = Field(default=256 * 1024, ge=1024)
    """The largest `params` of one task, as JSON."""
    max_request_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    """The largest request, bulk requests among them."""
    max_bulk_tasks: int = Field(default=100_000, ge=1)
    """The most lines of one bulk request."""
    idle_poll_seconds: float = Field(default=0.5, gt=0)
    """How often a quiet coordinator looks for tasks whose time has come."""


class ExecutorSettings(Group):
    """One worker on one machine."""

    name: str = Field(default_factory=lambda: _machine())
    """Unique in the fleet; the machine's name unless a machine runs several."""
    machine: str = Field(default_factory=lambda: _machine())
    """Names the queue of this machine alone, `on.MACHINE`."""
    queues: tuple[str, ...] = ()
    """Queues to consume, `*` for all; by default those whose routes say `served_by` this name."""
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
    """Where `/health` answers over HTTP: by default at 7421 in a container, and nowhere else."""
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

    @model_validator(mode="after")
    def _has_one_key(self) -> ModelSettings:
        if self.api_key is not None and self.api_key_file is not None:
            raise ValueError("name either an api_key or an api_key_file")
        return self


class DeliverySettings(Group):
    """The protocol's times. Coordinator and executors must agree on them."""

    lease_seconds: float = Field(default=30, gt=0)
    """How long a lease holds without renewal; it is renewed three times as often."""
    margin_seconds: float = Field(default=5, gt=0)
    """An executor kills a task this long before its lease would run out."""
    grace_seconds: float = Field(default=5, gt=0)
    """The reaper waits this long after a lease ran out."""
    cancel_poll_seconds: float = Field(default=0.5, gt=0)
    """How often a running task looks for its cancellation."""
    message_seconds: float = Field(default=3600, gt=0)
    """No message is obeyed when it is older; leases are remembered longer than that."""
    overdue_seconds: float = Field(default=20, gt=0)
    """A published task that nobody began is published again after this, then at growing times."""
    bundle_tasks: int = Field(default=64, ge=1, le=1000)
    """The most small tasks that share a message."""
    max_uncharged: int = Field(default=20, ge=1)
    """Attempts that may end through no fault of the task before it is held for a person."""
    max_not_offered: int = Field(default=3, ge=1)
    """Times a task may be returned as not offered, while nobody alive can run it, before it is
    held."""
    blob_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    """The largest single input or artifact."""
    blobs_total_bytes: int = Field(default=1024 * 1024 * 1024, ge=1024)
    """The most that inputs and artifacts may occupy in Redis together."""
    blob_seconds: float = Field(default=24 * 3600, gt=0)
    """How long a blob stays in Redis."""
    inline_bytes: int = Field(default=32 * 1024, ge=0)
    """An input or artifact up to this size travels inside its message."""

    @model_validator(mode="after")
    def _times_fit_together(self) -> DeliverySettings:
        if self.margin_seconds >= self.lease_seconds / 2:
            raise ValueError("margin_seconds must be below half of lease_seconds")
        return self

    @property
    def keep_seconds(self) -> float:
        """How long a lease is remembered: past the last moment that a message could repeat it."""
        return self.message_seconds + 600


class FlowerSettings(Group):
    """The queue browser."""

    host: str = "127.0.0.1"
    """The address that Flower listens on."""
    port: int = Field(default=5555, ge=1, le=65535)
    """The port that Flower listens on."""
    user: str = "ygg"
    """The name to log in with; the password stands in the data folder."""


class Settings(BaseSettings):
    """Everything a process may be told, read once at its entry point and passed on."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="YGG_",
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    data_dir: Path = Field(default_factory=default_data_dir)
    """Ledger, blobs, spool, embedded broker, tokens and logs."""
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    """The broker; any Redis 7 or Valkey. Its password may stand in it."""
    url: str | None = None
    """The coordinator, for the command line: `http://127.0.0.1:7420`."""
    token: SecretStr | None = None
    """The bearer token, for the command line."""
    log_level: str = "info"
    """debug, info, warning or error."""
    routes: Routes = Routes()
    """The routing table."""
    queues: dict[str, QueueRules] = {}
    """Rules of single queues, by queue name."""
    coordinator: CoordinatorSettings = CoordinatorSettings()
    executor: ExecutorSettings = Field(default_factory=ExecutorSettings)
    delivery: DeliverySettings = DeliverySettings()
    flower: FlowerSettings = FlowerSettings()
    sandbox: SandboxSettings = SandboxSettings()
    models: ModelSettings = ModelSettings()
    secrets: dict[str, SecretRules] = {}
    """Secrets that tasks may use, by name; their values never travel."""
    # Not shown: passwords may stand in them, and only their handlers know which those are.
    handlers: dict[str, dict[str, JsonValue]] = Field(default={}, repr=False)
    """What handlers are told on this machine: tables `[handlers.SECTION]`. See docs/handlers.md."""

    @field_validator("data_dir")
    @classmethod
    def _data_dir_is_one_place(cls, value: Path) -> Path:
        """What is hidden from strangers' code must be known by its real name."""
        return value.expanduser().resolve()

    @field_validator("redis_url")
    @classmethod
    def _redis_url_is_one(cls, value: SecretStr) -> SecretStr:
        # The value is not repeated: a password may stand in it.
        if not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = config_file()
        toml = TomlConfigSettingsSource(settings_cls, file) if file else None
        return (init_settings, env_settings, *([toml] if toml else []))

    @property
    def model_key_file(self) -> Path:
        """What keeps other users of this machine away from its embedded model."""
        return self.models.api_key_file or self.data_dir / "model.key"

    @property
    def handler_tables(self) -> dict[str, dict[str, Any]]:
        """What handlers are told, by section: `[models]` where it is set, and their own tables."""
        chosen, own = self.models, self.handlers
        if chosen.adapter is None:
            return dict(own)
        told = chosen.model_dump(exclude_unset=True)
        if chosen.api_key_file or (chosen.adapter == "embedded" and chosen.api_key is None):
            # A task works in a folder of its own.
            told["api_key_file"] = self.model_key_file.resolve()
        shared = {"models": told} | ({"ollama": told} if chosen.adapter == "ollama" else {})
        return own | {section: table | own.get(section, {}) for section, table in shared.items()}

    @property
    def spool_dir(self) -> Path:
        """Outcomes that the ledger has not acknowledged, a folder an executor."""
        return self.data_dir / "spool" / self.executor.name

    @property
    def run_dir(self) -> Path:
        """What an executor keeps while it runs: locks, and how it is."""
        return self.data_dir / "run" / self.executor.name

    @property
    def vitals_file(self) -> Path:
        """What the executor last said of itself."""
        return self.run_dir / "health"

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """Files that no stranger's code may read, as far as these settings know them."""
        found = [rule.file for rule in self.secrets.values()]
        found += [self.models.api_key_file, config_file()]
        return tuple(file.absolute() for file in found if file is not None)

    @property
    def blob_dir(self) -> Path:
        return self.data_dir / "blobs"

    @property
    def ledger_url(self) -> str:
        if self.coordinator.database_url is not None:
            return self.coordinator.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'ledger.db'}"

    @property
    def executor_queues(self) -> tuple[str, ...]:
        """The family queues that this executor consumes, without its machine's own."""
        wanted = self.executor.queues
        if "*" in wanted:
            return tuple(self.routes.queues())
        return wanted or tuple(self.routes.served_by(self.executor.name))


def load(**overrides: Any) -> Settings:
    """The settings of this process. A wrong one is refused by name, with the nearest right one."""
    _refuse_unknown_variables()
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise misfit(error, Settings) from None
    except ValueError as error:  # a file that is not TOML
        raise BadInput(f"{config_file()}: {error}", field="ygg.toml") from error


def misfit(error: ValidationError, model: type[BaseModel], *above: str) -> BadInput:
    """The first wrong setting, with the nearest right one. `above` names the model's own table."""
    first = error.errors()[0]
    where = ".".join([*above, *(str(part) for part in first["loc"])])
    hint = None
    if first["type"] == "extra_forbidden":
        known = _known_keys(model, first["loc"][:-1])
        near = nearest(str(first["loc"][-1]), known)
        hint = f"did you mean {near}?" if near else f"known here: {', '.join(known)}"
    message = first["msg"].removeprefix("Value error, ")
    return BadInput(f"setting {where}: {message}", field=where, hint=hint)


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    for part in path:
        field = model.model_fields.get(str(part))
        kind = field.annotation if field else None
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return []
        model = kind
    return sorted(model.model_fields)


# Read outside of Settings: the file's own place, and switches of tests and scripts.
_OTHER_VARIABLES = frozenset({"YGG_CONFIG"})


def _refuse_unknown_variables() -> None:
    known = {f"YGG_{name.upper()}" for name in Settings.model_fields}
    for name in os.environ:
        head = name.split("__", 1)[0]
        if name.startswith("YGG_") and head not in known and name not in _OTHER_VARIABLES:
            near = nearest(head, known)
            raise BadInput(
                f"environment variable {name} is no setting",
                field=name,
                hint=f"did you mean {near}?" if near else f"known: {', '.join(sorted(known))}",
            )


def _machine() -> str:
    name = socket.gethostname().split(".", 1)[0].lower()
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-") or "machine"
