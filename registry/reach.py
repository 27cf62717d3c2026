"""The fleet's registry, reached as the settings say."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from registry.client.login import Credentials
from registry.client.patience import Patience
from registry.client.registry import Registry
from registry.home import address_of, home_of
from ygg.errors import BadInput
from ygg.settings import Settings


def reach(settings: Settings, *, patience: Patience | None = None) -> Registry:
    told, home = settings.registry, home_of(settings)
    authority = told.ca_file or (home.authority if home.authority.exists() else None)
    return Registry(
        address_of(told),
        Credentials(told.user, SecretStr(password_of(settings))),
        ca_file=None if told.plain_http else authority,
        plain_http=told.plain_http,
        patience=patience,
    )


def password_of(settings: Settings) -> str:
    file = settings.registry.password_file or home_of(settings).password
    return _read(file)


def authority_file(settings: Settings) -> Path | None:
    """What the registry's certificate is proved by; nothing where it speaks without TLS."""
    if settings.registry.plain_http:
        return None
    return settings.registry.ca_file or home_of(settings).authority


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise BadInput(
            f"cannot read the registry's password {file}: {error.strerror}",
            field="registry.password_file",
            hint="copy it from the registry's machine, and name it under [registry] in ygg.toml",
        ) from error
