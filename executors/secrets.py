"""Secrets by name: read where the task runs, for the labels that the machine allows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from executors.handler import Failed
from ygg.machine_settings import SecretRules

SHORTEST = 6
"""A shorter one could not be kept out of a log: too much else is spelt like it."""


class Secrets(Mapping[str, str]):
    """Those that one label may use."""

    def __init__(self, label: str, values: Mapping[str, str], missing: Mapping[str, str]) -> None:
        self._label = label
        self._values = values
        self._missing = missing

    def __getitem__(self, name: str) -> str:
        if name in self._values:
            return self._values[name]
        if name in self._missing:
            raise Failed(f"secret {name}: {self._missing[name]}", "on the executor's machine")
        raise Failed(
            f"{self._label} may not use a secret {name!r} here",
            f"on the executor's machine: [secrets.{name}] with labels = [{self._label!r}]",
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def read_secrets(rules: Mapping[str, SecretRules], label: str) -> Secrets:
    """Read anew for each attempt, so that one can be changed while the executor runs."""
    values: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name, rule in rules.items():
        if not rule.serves(label):
            continue
        try:
            values[name] = _read(rule)
        except (OSError, ValueError) as error:
            missing[name] = str(error)
    return Secrets(label, values, missing)


def secret_variables(rules: Mapping[str, SecretRules]) -> frozenset[str]:
    """Variables that no task inherits."""
    return frozenset(rule.env for rule in rules.values() if rule.env)


def _read(rule: SecretRules) -> str:
    found = _content(rule).rstrip("\r\n")
    if len(found) < SHORTEST:
        raise ValueError(f"it is shorter than {SHORTEST} characters")
    return found


def _content(rule: SecretRules) -> str:
    if rule.file is not None:
        try:
            return rule.file.read_text()
        except UnicodeDecodeError:
            raise ValueError(f"{rule.file} is not text") from None
    name = rule.env or ""
    if name not in os.environ:
        raise ValueError(f"there is no variable {name}")
    return os.environ[name]
