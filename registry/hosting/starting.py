"""What must hold before a registry is started: told at once, with the setting that mends it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from registry.home import Home
from registry.hosting.authority import certified, has_its_key
from registry.hosting.begin import secret_of
from registry.hosting.configuration import DistributionSettings, host_of, mirror, serving
from registry.hosting.storage import check_storage
from ygg.embedded.ports import any_free, why_not
from ygg.errors import BadInput, Conflict
from ygg.settings import Settings

PORT_SECONDS = 3.0
"""One that was killed a moment ago still has it."""
POLL_SECONDS = 0.1
LOOPBACK = "127.0.0.1"


def check(settings: Settings, home: Home) -> None:
    ours = serving(settings.registry, home, secret_of(home))
    check_storage(home)
    if ours.certificate:
        certified(ours.certificate)
        _check_key(home)
    for name, host, port in _addresses(settings, ours, home):
        _check_free(name, host, port)


def _check_key(home: Home) -> None:
    """A key that is lost is made anew with its certificate, by the authority."""
    if not (has_its_key(home) or home.authority_key.exists()):
        raise BadInput(
            f"{home.certificate_key} is not the key of {home.certificate}",
            hint=f"put it back; or put {home.authority_key.name} back, and ygg registry init makes"
            " both anew",
        )


def _addresses(
    settings: Settings, ours: DistributionSettings, home: Home
) -> Iterator[tuple[str, str, int]]:
    """With the setting that each comes from."""
    name = "listen" if settings.registry.listen else "address"
    yield name, host_of(ours.listen), port_of(ours.listen)
    if second := mirror(settings.registry, home, ours.secret):
        yield "mirror_port", host_of(second.listen), port_of(second.listen)
    if ours.metrics_port:
        yield "metrics_port", LOOPBACK, ours.metrics_port


def _check_free(name: str, host: str, port: int) -> None:
    deadline, where = time.monotonic() + PORT_SECONDS, f" of {host}" if host else ""
    while (why := why_not(host, port)) is not None:
        if time.monotonic() > deadline:
            raise Conflict(
                f"the registry cannot listen on port {port}{where}: it {why}",
                field=f"registry.{name}",
                hint=f"`ss -ltnp` says who has a port; stop that, or give {name} in [registry] of"
                f" ygg.toml another port above 1023, for one {any_free(LOOPBACK)}, and an address"
                " of this machine",
            )
        time.sleep(POLL_SECONDS)


def port_of(listen: str) -> int:
    return int(listen.rpartition(":")[2])
