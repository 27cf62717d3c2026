"""Where the registry's machine keeps what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ygg.errors import BadInput
from ygg.owners import closed
from ygg.registry_settings import RegistrySettings
from ygg.settings import Settings


@dataclass(frozen=True)
class Home:
    folder: Path
    storage: Path
    """Where images lie: it may be on another disk."""
    mirror: Path | None = None
    """Where what was fetched from outside lies, if not in the folder."""

    @property
    def authority(self) -> Path:
        """The fleet's authority: what every machine is given to trust the registry by."""
        return self.folder / "ca.pem"

    @property
    def authority_key(self) -> Path:
        return self.folder / "ca.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "registry.pem"

    @property
    def certificate_key(self) -> Path:
        return self.folder / "registry.key"

    @property
    def accounts(self) -> Path:
        return self.folder / "htpasswd"

    @property
    def password(self) -> Path:
        return self.folder / "password"

    @property
    def secret(self) -> Path:
        """Which uploads are known by: a restarted registry must know those of before."""
        return self.folder / "secret"

    @property
    def configuration(self) -> Path:
        return self.folder / "config.yml"

    @property
    def mirror_configuration(self) -> Path:
        return self.folder / "mirror.yml"

    @property
    def mirror_storage(self) -> Path:
        return self.mirror or self.folder / "mirror"

    @property
    def mirror_log(self) -> Path:
        return self.folder / "mirror.log"

    @property
    def log(self) -> Path:
        return self.folder / "registry.log"

    @property
    def process_log(self) -> Path:
        """What is said by the process that keeps it running."""
        return self.folder / "serve.log"

    @property
    def lock(self) -> Path:
        """Held by the process that keeps the registry running."""
        return self.folder / "lock"

    @property
    def init_lock(self) -> Path:
        """Held by `ygg registry init`: one at a time."""
        return self.folder / "init.lock"

    @property
    def readonly(self) -> Path:
        """Held by whoever needs that nothing is taken in."""
        return self.folder / "readonly"

    @property
    def storage_mark(self) -> Path:
        """What the folder of images is known again by."""
        return self.folder / "storage.mark"

    @property
    def collected(self) -> Path:
        """What came of the last collection of garbage."""
        return self.folder / "collected.json"

    @property
    def signing_key(self) -> Path:
        return self.folder / "signing.key"

    @property
    def public_key(self) -> Path:
        """What every machine is given to know the fleet's images by."""
        return self.folder / "signing.pub"


def home_of(settings: Settings) -> Home:
    registry = settings.registry
    folder = (registry.home or settings.data_dir / "registry").absolute()
    mirror = registry.mirror_storage.absolute() if registry.mirror_storage else None
    return Home(folder, (registry.storage or folder / "storage").absolute(), mirror)


def address_of(settings: RegistrySettings) -> str:
    if settings.address is None:
        raise BadInput(
            "this machine knows of no registry",
            field="registry.address",
            hint="on the registry's machine: ygg registry init --address HOST:PORT;"
            " elsewhere set address in [registry] of ygg.toml",
        )
    return settings.address


def authority_of(settings: Settings) -> Path | None:
    """What the registry's certificate is proved by. Nothing where it speaks without TLS, or where
    the system's authorities have to do."""
    registry = settings.registry
    if registry.plain_http:
        return None
    file = registry.ca_file or home_of(settings).authority
    try:
        file.stat()
    except OSError as error:
        if registry.ca_file is None and not isinstance(error, PermissionError):
            return None
        raise BadInput(
            f"cannot read the fleet's authority {file}: {error.strerror}",
            field="registry.ca_file",
            hint=how_to_read(error, file, "its ca.pem"),
        ) from error
    return file


def how_to_read(error: OSError, file: Path, what: str) -> str:
    found = closed(file) if isinstance(error, PermissionError) else None
    copy = f"copy {what} from the registry's machine, and name it under [registry] in ygg.toml"
    return f"{found.hint}; for a machine that only pulls, {copy}" if found else copy
