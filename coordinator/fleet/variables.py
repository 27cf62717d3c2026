"""What every playbook is told of the fleet, whatever it does."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from registry.home import address_of, home_of
from ygg.adapters.playbook import Value
from ygg.errors import BadInput
from ygg.settings import Settings


def of_the_fleet(settings: Settings) -> dict[str, Value]:
    return {
        "ygg_registry": address_of(settings.registry),
        "ygg_registry_home": str(home_of(settings).folder),
        "ygg_registry_user": settings.registry.user,
        "ygg_redis_url": _broker(settings),
    }


def _broker(settings: Settings) -> str:
    """As the machines reach it: that of this machine alone is of no use to them."""
    url = settings.redis_url.get_secret_value()
    host = urlsplit(url).hostname or ""
    if host == "localhost" or _is_loopback(host) or url.startswith("unix:"):
        raise BadInput(
            f"other machines cannot reach a broker at {host or 'a socket'}",
            field="redis_url",
            hint="set redis_url in ygg.toml to redis://:PASSWORD@HOST:6379/0, as they reach it",
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
