"""What an inventory says of one machine: the variables of Ansible's that we use, and our own."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ygg.labels import QUEUE
from ygg.tags import TAG

Group = Literal["registry", "coordinator", "broker", "executors", "code_agents"]
Runtime = Literal["container", "venv"]
_ADDRESS = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\+-]*[$]?")


def _address(text: str) -> str:
    """It becomes a word of a command line: `-o…` would be an option of ssh."""
    return _fitting(_ADDRESS, text, "a host name or an IP address")


def _user(text: str) -> str:
    return _fitting(_USER, text, "the name of a login")


def _queue(text: str) -> str:
    return text if text == "*" else _fitting(QUEUE, text, "a queue: dev")


def _tag(text: str) -> str:
    return _fitting(TAG, text, "a tag: gpu, arch:arm64")


def _fitting(pattern: re.Pattern[str], text: str, what: str) -> str:
    if "{{" in text:
        raise ValueError("a template is not filled in here: write what it stands for")
    if pattern.fullmatch(text) is None:
        raise ValueError(f"{text[:80]!r} is not {what}")
    return text


Address = Annotated[str, AfterValidator(_address)]
User = Annotated[str, AfterValidator(_user)]
Queue = Annotated[str, AfterValidator(_queue)]
Tag = Annotated[str, AfterValidator(_tag)]


class Variables(BaseModel):
    """All optional: a group may say some, and a host the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    ansible_host: Address | None = Field(default=None, max_length=253)
    """Where SSH reaches it; by default its name."""
    ansible_port: int | None = Field(default=None, ge=1, le=65535)
    ansible_user: User | None = None
    ansible_ssh_private_key_file: str | None = None
    ansible_ssh_common_args: str | None = None
    """Such as `-o ProxyJump=huginn`."""
    ansible_python_interpreter: str | None = None
    ansible_become: bool | None = None
    ansible_become_user: User | None = None
    ygg_queues: tuple[Queue, ...] | None = None
    """What its executor takes; by default all in which it offers something."""
    ygg_tags: tuple[Tag, ...] | None = None
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

    @property
    def place(self) -> tuple[str, int, str]:
        """Where SSH finds it: the same address behind another jump host is another machine."""
        said = self.variables
        return self.address, said.ansible_port or 22, said.ansible_ssh_common_args or ""
