"""The fleet's registry, reached as the settings say."""

from __future__ import annotations

from pydantic import SecretStr

from registry.client.login import Credentials
from registry.client.patience import Patience
from registry.client.registry import Registry
from registry.home import address_of, authority_of, home_of, how_to_read
from ygg.embedded.secret_files import read_secret
from ygg.errors import BadInput
from ygg.settings import Settings


def reach(settings: Settings, *, patience: Patience | None = None) -> Registry:
    registry = settings.registry
    return Registry(
        address_of(registry),
        Credentials(registry.user, SecretStr(password_of(settings))),
        ca_file=authority_of(settings),
        plain_http=registry.plain_http,
        patience=patience,
    )


def password_of(settings: Settings) -> str:
    file = settings.registry.password_file or home_of(settings).password
    try:
        return read_secret(file)
    except OSError as error:
        raise BadInput(
            f"cannot read the registry's password {file}: {error.strerror}",
            field="registry.password_file",
            hint=how_to_read(error, file, "it"),
        ) from error
