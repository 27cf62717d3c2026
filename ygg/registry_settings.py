"""What a machine is told of the fleet's image registry."""

from __future__ import annotations

import re

from pydantic import Field, field_validator, model_validator

from ygg.addresses import in_ascii, is_address, is_host, is_port
from ygg.machine_settings import Group, HomePath

DEFAULT_PORT = 7430
_URL = re.compile(r"https?://(?P<host>[^/]+)(?:/[A-Za-z0-9._~/-]*)?")


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
    mirror_storage: HomePath | None = None
    """Where that one keeps what it fetched; by default in the first one's own folder."""
    warn_free_percent: float = Field(default=15, ge=0, le=100)
    """Less free space than this is worth a warning."""
    refuse_free_percent: float = Field(default=5, ge=0, le=100)
    """With less free space than this nothing is pushed."""
    keep_last: int = Field(default=5, ge=1)
    """Versions of each image that pruning keeps, besides those in use."""
    keep: tuple[str, ...] = ()
    """Tags that pruning keeps whatever their age: globs, as `0.2.*` or `code-agent:*`."""

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None:
            _check_address(value)
        return value

    @field_validator("listen")
    @classmethod
    def _can_be_listened_at(cls, value: str | None) -> str | None:
        """Without a host it is everywhere."""
        if value is not None and not (value.startswith(":") and is_port(value[1:])):
            _check_address(value)
        return value

    @field_validator("mirror_of")
    @classmethod
    def _is_a_url(cls, value: str | None) -> str | None:
        found = _URL.fullmatch(value) if value is not None else None
        if value is None or (found and (is_host(found["host"]) or is_address(found["host"]))):
            return value
        raise ValueError(f"{value[:80]!r} is no registry's URL, as in https://images.example")

    @model_validator(mode="after")
    def _ports_differ(self) -> RegistrySettings:
        own = self.listen or self.address
        taken = {"listen" if self.listen else "address": int(own.rpartition(":")[2])} if own else {}
        for name, port in (("mirror_port", self.mirror_port), ("metrics_port", self.metrics_port)):
            other = next((one for one, number in taken.items() if number == port), None)
            if other:
                raise ValueError(f"{name} and {other} are the same port, {port}")
            if port is not None:
                taken[name] = port
        return self


def _check_address(text: str) -> None:
    if is_address(text):
        return
    if is_host(text):  # podman would take 443
        raise ValueError(f"needs a port, as in {text}:{DEFAULT_PORT}")
    host, _, port = text.rpartition(":")
    written = f"{in_ascii(host) or ''}:{port}"
    example = written if is_address(written) else f"fenrir:{DEFAULT_PORT}"
    raise ValueError(f"{text[:80]!r} is no HOST:PORT, as in {example}")
