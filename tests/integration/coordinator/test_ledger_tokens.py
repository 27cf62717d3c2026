"""Tokens: kept as digests, found while they are in force."""

from __future__ import annotations

import pytest

from coordinator.ledger import Ledger, tokens
from coordinator.ledger.tokens import Bearer, Role
from tests.integration.coordinator.desk import NOW
from ygg.errors import BadInput, Conflict, NotFound


def test_a_token_opens_the_door_until_it_is_revoked(ledger: Ledger) -> None:
    secret = tokens.new_secret()
    with ledger.write() as connection:
        tokens.create(connection, "ci", Role.SUBMITTER, secret, NOW)
        assert tokens.find(connection, secret) == Bearer("ci", Role.SUBMITTER)
        assert tokens.find(connection, secret + "x") is None
        tokens.revoke(connection, "ci", NOW + 1)
        assert tokens.find(connection, secret) is None
        [view] = tokens.known(connection)
    assert view == {"name": "ci", "role": "submitter", "created_at": NOW, "revoked_at": NOW + 1}


def test_the_secret_itself_is_nowhere_in_the_database(ledger: Ledger) -> None:
    secret = tokens.new_secret()
    with ledger.write() as connection:
        tokens.create(connection, "ci", Role.ADMIN, secret, NOW)
        rows = connection.exec_driver_sql("SELECT * FROM tokens").fetchall()
    assert secret not in repr(rows)
    assert len(secret) > 40


def test_a_name_is_used_once_even_after_its_token_is_gone(ledger: Ledger) -> None:
    with ledger.write() as connection:
        tokens.create(connection, "ci", Role.VIEWER, tokens.new_secret(), NOW)
        tokens.revoke(connection, "ci", NOW)
    with pytest.raises(Conflict) as refused, ledger.write() as connection:
        tokens.create(connection, "ci", Role.VIEWER, tokens.new_secret(), NOW)
    assert refused.value.field == "name"


def test_what_is_not_in_force_cannot_be_revoked(ledger: Ledger) -> None:
    with pytest.raises(NotFound), ledger.write() as connection:
        tokens.revoke(connection, "nobody", NOW)


def test_roles_are_four_and_each_may_what_those_before_it_may() -> None:
    assert [tokens.read_role(word) for word in ("viewer", "submitter", "operator", "admin")] == (
        sorted(Role)
    )
    with pytest.raises(BadInput) as refused:
        tokens.read_role("root")
    assert refused.value.allowed == ["viewer", "submitter", "operator", "admin"]
