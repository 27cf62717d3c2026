"""One frozen `Settings`: `YGG_*` in the environment, over `ygg.toml`, over the defaults here.

`ygg.toml` is the file that `YGG_CONFIG` names, else `./ygg.toml`, else the one in the user's
configuration folder. A group is a table there and a double underscore in the environment:
`[executor] concurrency = 4` is `YGG_EXECUTOR__CONCURRENCY=4`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
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
from ygg.labels import Routes, nearest
from ygg.machine_settings import (
    ExecutorSettings,
    Group,
    HomePath,
    ModelSettings,
    SandboxSettings,
    SecretRules,
)
from ygg.registry_settings import RegistrySettings
from ygg.target import config_file, default_data_dir


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
    inventory: HomePath | None = None
    """The machines of the fleet, a file of Ansible's; by default machines.yml beside ygg.toml."""
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
    registry: RegistrySettings = RegistrySettings()
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
        told["guard_dir"] = (chosen.guard_dir or self.data_dir / "model-guard").absolute()
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
