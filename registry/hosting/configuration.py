"""What CNCF distribution is told, made of our settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from registry.documents import Table
from registry.home import Home, address_of
from ygg.addresses import LOOPBACK
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings


@dataclass(frozen=True)
class DistributionSettings:
    """How it is to run this time."""

    listen: str
    storage: Path
    certificate: Path | None
    key: Path | None
    accounts: Path | None
    secret: str
    allow_delete: bool = True
    is_readonly: bool = False
    """While garbage is collected: an image that is pushed meanwhile could lose its layers."""
    metrics_port: int | None = None
    mirror_of: str | None = None

    @property
    def readonly(self) -> DistributionSettings:
        return replace(self, is_readonly=True)


def serving(settings: RegistrySettings, home: Home, secret: str) -> DistributionSettings:
    is_plain = settings.plain_http
    listen = settings.listen or _listen(address_of(settings), only_here=is_plain)
    if is_plain and not _is_loopback(listen):
        raise BadInput(
            f"without TLS it listens on loopback alone, not on {listen}",
            field="registry.plain_http",
            hint="leave plain_http out: ygg registry init makes the certificate",
        )
    return DistributionSettings(
        listen=listen,
        storage=home.storage,
        certificate=None if is_plain else home.certificate,
        key=None if is_plain else home.certificate_key,
        accounts=home.accounts,
        secret=secret,
        allow_delete=settings.allow_delete,
        metrics_port=settings.metrics_port,
    )


def mirror(settings: RegistrySettings, home: Home, secret: str) -> DistributionSettings | None:
    """A second registry, which fetches what it lacks from an outside one; nobody pushes to it."""
    if settings.mirror_of is None:
        return None
    if settings.mirror_port is None:
        raise BadInput(
            "a mirror needs a port of its own", field="registry.mirror_port", allowed=["1 to 65535"]
        )
    _check_apart(home)
    own = serving(settings, home, secret)
    host = own.listen.rpartition(":")[0]
    return replace(
        own,
        listen=f"{host}:{settings.mirror_port}",
        storage=home.mirror_storage,
        metrics_port=None,
        mirror_of=settings.mirror_of,
    )


def _check_apart(home: Home) -> None:
    """Garbage collection would take what the one keeps for the other's."""
    one, other = home.storage.absolute(), home.mirror_storage.absolute()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise BadInput(
            f"images and a mirror's need folders apart, not {one} and {other}",
            field="registry.mirror_storage",
            hint="set mirror_storage in [registry] to a folder beside it",
        )


def configuration(of: DistributionSettings) -> Table:
    found: Table = {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": False}},
        "storage": _storage(of),
        "http": _http(of),
        "health": {"storagedriver": {"enabled": True, "interval": "10s", "threshold": 3}},
    }
    if of.accounts:
        found["auth"] = {"htpasswd": {"realm": "yggdrasil", "path": str(of.accounts)}}
    if of.mirror_of:
        found["proxy"] = {"remoteurl": of.mirror_of}
    return found


def as_yaml(of: DistributionSettings) -> str:
    head = "# Made by ygg registry from [registry] of ygg.toml; it is written anew at each start.\n"
    return head + yaml.safe_dump(configuration(of), sort_keys=False, width=100)


def _storage(of: DistributionSettings) -> Table:
    return {
        "filesystem": {"rootdirectory": str(of.storage)},
        "delete": {"enabled": of.allow_delete},
        # No cache of what is there: it would outlive what garbage collection takes away.
        "maintenance": {
            "uploadpurging": {
                "enabled": True,
                "age": "24h",
                "interval": "6h",
                "dryrun": False,
            },
            "readonly": {"enabled": of.is_readonly},
        },
    }


def _http(of: DistributionSettings) -> Table:
    found: Table = {
        "addr": of.listen,
        "secret": of.secret,
        "relativeurls": True,
        "headers": {"X-Content-Type-Options": ["nosniff"]},
    }
    if of.certificate:
        found["tls"] = {
            "certificate": str(of.certificate),
            "key": str(of.key),
            "minimumtls": "tls1.2",
        }
    if of.metrics_port:
        prometheus: Table = {"enabled": True, "path": "/metrics"}
        found["debug"] = {"addr": f"127.0.0.1:{of.metrics_port}", "prometheus": prometheus}
    return found


def host_of(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")


def _listen(address: str, *, only_here: bool) -> str:
    return f"{'127.0.0.1' if only_here else ''}:{address.rpartition(':')[2]}"


def _is_loopback(listen: str) -> bool:
    return host_of(listen) in LOOPBACK
