"""What an inventory says of one machine: the variables of Ansible's that we use, and our own."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Group = Literal["registry", "coordinator", "broker", "executors", "code_agents"]
Runtime = Literal["container", "venv"]


class Variables(BaseModel):
    """All optional: a group may say some, and a host the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    ansible_host: str | None = Field(default=None, min_length=1, max_length=253)
    """Where SSH reaches it; by default its name."""
    ansible_port: int | None = Field(default=None, ge=1, le=65535)
    ansible_user: str | None = Field(default=None, min_length=1)
    ansible_ssh_private_key_file: str | None = None
    ansible_ssh_common_args: str | None = None
    """Such as `-o ProxyJump=huginn`."""
    ansible_python_interpreter: str | None = None
    ansible_become: bool | None = None
    ansible_become_user: str | None = None
    ygg_queues: tuple[str, ...] | None = None
    """What its executor takes; by default all in which it offers something."""
    ygg_tags: tuple[str, ...] | None = None
    """What it has that a label may need: `gpu`."""
    ygg_concurrency: int | None = Field(default=None, ge=1, le=256)
    """Tasks at a time."""
    ygg_runtime: Runtime | None = None
    """How its executor runs; by default in a container."""


class Machine(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    groups: frozenset[str]
    own: Variables
    """What is said of it itself."""
    variables: Variables
    """With what its groups say."""

    @property
    def runtime(self) -> Runtime:
        return self.variables.ygg_runtime or "container"

    @property
    def address(self) -> str:
        return self.variables.ansible_host or self.name
