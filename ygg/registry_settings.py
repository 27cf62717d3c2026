"""What a machine is told of the fleet's image registry."""

from __future__ import annotations

from pydantic import Field, field_validator

from ygg.machine_settings import Group, HomePath

DEFAULT_PORT = 7430


class RegistrySettings(Group):
    """The fleet's private image registry: where it is, and on its own machine how it is kept."""

    address: str | None = None
    """`HOST:PORT` by which every machine of the fleet reaches it; nothing: there is none."""
    user: str = "ygg"
    """The name to log in with; machines need it to pull, too."""
    ca_file: HomePath | None = None
    """The fleet's authority, which its certificate is proved by; by default in its own folder."""
    password_file: HomePath | None = None
    """The password; by default in its own folder."""
    plain_http: bool = False
    """Speak to it without TLS; on loopback alone."""
    home: HomePath | None = None
    """On its machine: its keys, certificate and configuration; by default in the data folder."""
    storage: HomePath | None = None
    """On its machine: where images lie; by default in its own folder."""
    listen: str | None = None
    """On its machine: the `HOST:PORT` it listens on; by default `address`'s port, everywhere."""
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """On its machine: a port of loopback with its metrics for Prometheus; nothing: none."""
    allow_delete: bool = True
    """Whether images can be deleted, which pruning needs."""
    mirror_of: str | None = None
    """An outside registry, `https://…`, that a second registry here fetches from once and keeps."""
    mirror_port: int | None = Field(default=None, ge=1, le=65535)
    """The port of that second registry."""
    warn_free_percent: float = Field(default=15, ge=0, le=100)
    """Less free space than this is worth a warning."""
    refuse_free_percent: float = Field(default=5, ge=0, le=100)
    """With less free space than this nothing is pushed."""
    keep_last: int = Field(default=5, ge=1)
    """Versions of each image that pruning keeps, besides those in use."""
    keep: tuple[str, ...] = ()
    """Tags that pruning keeps whatever their age: globs, as `0.2.*` or `code-agent:*`."""

    @field_validator("address", "listen")
    @classmethod
    def _has_a_port(cls, value: str | None) -> str | None:
        """Without one podman would take 443."""
        if value is not None and not value.rpartition(":")[2].isdigit():
            raise ValueError(f"needs a port, as in {value}:{DEFAULT_PORT}")
        return value
