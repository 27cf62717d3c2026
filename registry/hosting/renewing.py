"""A certificate is renewed where that can be done. Where not, it holds until it ends."""

from __future__ import annotations

import logging

from registry.home import Home
from registry.hosting.authority import Certified, certified
from registry.hosting.begin import renewed_certificate
from ygg.errors import YggError
from ygg.registry_settings import RegistrySettings

log = logging.getLogger(__name__)


def renew(settings: RegistrySettings, home: Home) -> None:
    """The authority's key may be kept elsewhere, and the disk may be full."""
    try:
        if renewed_certificate(settings, home):
            log.info("renewed the certificate", extra={"action": "renew"})
    except (YggError, OSError) as error:
        say = log.error if has_expired(home) else log.warning
        say("%s cannot be renewed: %s; next: %s", _how(home), error, way_to_renew(home))


def has_expired(home: Home) -> bool:
    found = _found(home)
    return found is not None and found.days_left < 0


def way_to_renew(home: Home) -> str:
    """On its own machine."""
    if _has_authority_key(home):
        return "ygg registry init, then restart it"
    return f"put the authority's key back as {home.authority_key}, and restart it"


def _has_authority_key(home: Home) -> bool:
    """Whoever may not know is told of the usual way."""
    try:
        return home.authority_key.exists()
    except PermissionError:
        return True


def _how(home: Home) -> str:
    found = _found(home)
    if found is None:
        return "the certificate"
    if found.days_left < 0:
        return "the certificate has expired, which machines refuse, and"
    return f"the certificate ends in {found.days_left} days, and"


def _found(home: Home) -> Certified | None:
    try:
        return certified(home.certificate)
    except YggError:
        return None
