"""Bearer tokens, stored as digests: who may do what."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from ygg.errors import BadInput, Conflict, NotFound
from ygg.views import TokenView

PREFIX = "ygg_"


class Role(IntEnum):
    """Each may do what the ones before it may."""

    VIEWER = 1
    SUBMITTER = 2
    OPERATOR = 3
    ADMIN = 4


@dataclass(frozen=True)
class Bearer:
    name: str
    role: Role


def read_role(word: str) -> Role:
    try:
        return Role[word.upper()]
    except KeyError:
        raise BadInput(
            f"there is no role {word!r}",
            field="role",
            allowed=[role.name.lower() for role in Role],
        ) from None


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    # A random secret of 256 bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


def create(connection: Connection, name: str, role: Role, secret: str, now: float) -> None:
    statement = text(
        "INSERT INTO tokens (name, role, digest, created_at) VALUES (:name, :role, :digest, :now)"
    )
    values = {"name": name, "role": role.name.lower(), "digest": digest(secret), "now": now}
    try:
        connection.execute(statement, values)
    except IntegrityError as error:
        raise Conflict(
            f"there is a token named {name} already",
            field="name",
            hint="choose another name: those of revoked tokens stay in the records",
        ) from error


def find(connection: Connection, secret: str) -> Bearer | None:
    row = connection.execute(
        text("SELECT name, role FROM tokens WHERE digest = :digest AND revoked_at IS NULL"),
        {"digest": digest(secret)},
    ).one_or_none()
    return None if row is None else Bearer(row.name, Role[row.role.upper()])


def known(connection: Connection) -> list[TokenView]:
    rows = connection.execute(
        text("SELECT name, role, created_at, revoked_at FROM tokens ORDER BY name")
    )
    return [
        TokenView(name=name, role=role, created_at=created_at, revoked_at=revoked_at)
        for name, role, created_at, revoked_at in rows
    ]


def revoke(connection: Connection, name: str, now: float) -> None:
    statement = text(
        "UPDATE tokens SET revoked_at = :now WHERE name = :name AND revoked_at IS NULL"
    )
    if not connection.execute(statement, {"name": name, "now": now}).rowcount:
        raise NotFound(f"there is no token named {name} in force", hint="ygg token list")
