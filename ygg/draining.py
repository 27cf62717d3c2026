"""What a client asks of machines and their executors."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

from ygg import views
from ygg.client import Client, dump, query_of


def drains(client: Client) -> list[views.DrainView]:
    return cast("list[views.DrainView]", client.call("GET", "/v1/drains"))


def drain(
    client: Client, machine: str, executor: str = "", *, seconds: float, note: str = ""
) -> views.DrainView:
    """Its executors, or one, take nothing new, and hand back what still runs after `seconds`."""
    body = dump({"executor": executor, "seconds": seconds, "note": note})
    return cast("views.DrainView", client.call("PUT", _drain(machine), body=body))


def undrain(client: Client, machine: str, executor: str = "") -> None:
    """One executor, or all that was drained on the machine."""
    client.call("DELETE", _drain(machine) + query_of({"executor": executor or None}))


def probe(client: Client, executor: str) -> str:
    """The id of a task that this executor alone takes."""
    path = f"/v1/executors/{quote(executor, safe='')}/probe"
    return str(client.call("POST", path)["task"]["id"])


def _drain(machine: str) -> str:
    return f"/v1/machines/{quote(machine, safe='')}/drain"
