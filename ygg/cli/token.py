"""`ygg token`: who may do what."""

from __future__ import annotations

import click

from ygg.cli.connect import connected
from ygg.cli.output import can_ask, confirm, note, say, say_json
from ygg.cli.table import print_table
from ygg.cli.times import when
from ygg.errors import EXIT_FAILED

ROLES = ("viewer", "submitter", "operator", "admin")


@click.group()
def token() -> None:
    """Create, list and revoke access tokens. Needs an administrator's token."""


@token.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it allows.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(name: str, role: str, as_json: bool) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    with connected() as client:
        made = client.create_token(name, role)
    if as_json:
        say_json({"name": name, "role": role, "token": made})
    else:
        say(made)
        note("ygg: this is the only time it is shown; use it as YGG_TOKEN")


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tokens(as_json: bool) -> None:
    """List tokens by name; the tokens themselves are not kept."""
    with connected() as client:
        found = client.tokens()
    if as_json:
        say_json(found)
        return
    rows = [
        (view["name"], view["role"], when(view["created_at"]), when(view["revoked_at"]))
        for view in found
    ]
    print_table(("NAME", "ROLE", "CREATED", "REVOKED"), rows, whole=("NAME",))


@token.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(name: str, yes: bool) -> None:
    """Make a token worthless from now on."""
    if not yes and can_ask() and not confirm(f"Revoke token {name!r}?"):
        note("ygg: nothing was revoked")
        raise click.exceptions.Exit(EXIT_FAILED)
    with connected() as client:
        client.revoke_token(name)
    note(f"ygg: token {name!r} is revoked")
