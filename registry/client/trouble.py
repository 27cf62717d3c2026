"""What can go wrong with a registry becomes one of our errors, here and only here."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
from pydantic import BaseModel, JsonValue, ValidationError

from registry.client.patience import Later
from ygg.errors import BadInput, Denied, NotFound, RegistryUnreachable, YggError

NEXT = "`ygg registry status` says how it is"
_NO_SPACE = ("no space left on device", '"Err":28')
"""How the system says it, and its number of that."""
_SAID = 300
_LATER = frozenset({429, 502, 503, 504})
_PLAIN = "Client sent an HTTP request to an HTTPS server"
_HUNG_UP = re.compile("disconnected|closed connection")
"""Everything else that is wrong with its HTTP stays wrong."""
_OUT_OF_DATE, _NOT_YET, _OTHER_NAME = (10,), (9,), (62, 63, 64)
_STRANGERS = (2, 18, 19, 20, 21, 24, 27)
"""OpenSSL's numbers of what is wrong with a certificate (X509_V_ERR_…)."""


class NoRegistry(YggError):
    """Something answers, and not as a registry would."""

    code = "no_registry"
    http_status = 502


class WrongContent(YggError):
    """It has other bytes than the digest says."""

    code = "registry_wrong_content"
    http_status = 502


class RegistryRefused(YggError):
    """It answered, and not with what was asked for."""

    code = "registry_refused"


class DeletionDisabled(RegistryRefused):
    code = "registry_deletes_nothing"


class ReadOnly(RegistryRefused):
    """For a while: garbage is being collected."""

    code = "registry_read_only"
    http_status = 503


class RegistryFull(RegistryRefused):
    code = "registry_full"
    http_status = 507


class _Fault(BaseModel):
    code: str = ""
    message: str | None = None
    detail: JsonValue = None


class _Faults(BaseModel):
    errors: list[_Fault]


@contextmanager
def mapped(address: str) -> Iterator[None]:
    """What httpx raises: some of it may pass (`Later`), some will not."""
    try:
        yield
    except (httpx.TransportError, httpx.StreamError) as error:
        trouble = _tls_trouble(error)
        if trouble is not None:
            raise _not_trusted(address, trouble) from error
        if isinstance(error, httpx.RemoteProtocolError) and not _HUNG_UP.search(str(error)):
            raise no_registry(address, str(error)[:_SAID]) from error
        raise Later(_away(address, error)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoRegistry(f"{address} does not answer as a registry does: {error}") from error


def refused(
    address: str, what: str, status: int, headers: Mapping[str, str], body: bytes
) -> YggError | Later:
    faults = _faults(body)
    codes = {one.code for one in faults}
    said = "; ".join(_words(one) for one in faults)[:_SAID]
    if status in (401, 403) or "DENIED" in codes:
        return denied(address, what)
    if _is_full(body):
        return _full(address, what)
    if status in _LATER:
        return Later(_busy(address, status, said), headers.get("retry-after"))
    if status == 405:
        return _unsupported(address, what, "UNSUPPORTED" in codes)
    if status == 404 and (faults or not body):  # the answer to HEAD has no body
        return NotFound(
            f"the registry at {address} has no {what}", hint="`ygg images list` says what it has"
        )
    if "MANIFEST_BLOB_UNKNOWN" in codes:
        return _half_pushed(address, what, faults)
    if _PLAIN.encode() in body:
        return RegistryUnreachable(
            f"the registry at {address} speaks TLS", hint="do not ask it over plain http"
        )
    if not faults and status != 500:
        return no_registry(address, f"{status} and no reason to the question for {what}")
    other = RegistryRefused(
        f"the registry at {address} refuses {what}: {said or status}", hint="its log may say more"
    )
    # So distribution answers for a tag, too, that another is writing at that moment.
    return Later(other) if status == 500 else other


def denied(address: str, what: str, *, had_password: bool = True) -> Denied:
    how = "does not take our user and password" if had_password else "wants a user and a password"
    return Denied(
        f"the registry at {address} {how} for {what}",
        hint="copy `password` from the registry's machine again; if nobody has it,"
        " `ygg registry init --new-password` there makes a new one for all machines",
    )


def no_registry(address: str, what: str) -> NoRegistry:
    return NoRegistry(
        f"what answers at {address} is no registry: {what}",
        hint=f"is the port right, and no other server's? {NEXT}",
    )


def wrong_content(address: str, wanted: str, found: str) -> WrongContent:
    return WrongContent(
        f"the registry at {address} has other bytes under {wanted}: those of {found}",
        hint="its disk is damaged or somebody changed it; do not run that image, push it again",
    )


def _away(address: str, error: Exception) -> RegistryUnreachable:
    if "WRONG_VERSION_NUMBER" in str(error) or "record layer failure" in str(error):
        return RegistryUnreachable(
            f"what answers at {address} does not speak TLS", hint=f"is the port right? {NEXT}"
        )
    if isinstance(error, httpx.TimeoutException):
        how = "does not answer in time"
    else:
        how = f"cannot be reached: {str(error)[:_SAID] or type(error).__name__}"
    return RegistryUnreachable(f"the registry at {address} {how}", hint=f"is it running? {NEXT}")


def _tls_trouble(error: BaseException) -> ssl.SSLCertVerificationError | None:
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLCertVerificationError):
        seen = seen.__cause__ or seen.__context__
    return seen


def _not_trusted(address: str, error: ssl.SSLCertVerificationError) -> RegistryUnreachable:
    number = error.verify_code
    if number in _OUT_OF_DATE:
        how = "has expired"
        hint = "`ygg registry init` on the registry's machine makes a new one; then restart it"
    elif number in _NOT_YET:
        how, hint = "is not valid yet", "is this machine's clock right?"
    elif number in _OTHER_NAME:
        how = "is for another name"
        hint = "use the name it was made for, or have `ygg registry init --name NAME` make one"
    elif number in _STRANGERS:
        how = "was signed by nobody that is known here"
        hint = "copy the fleet's CA certificate, ca.pem, from the registry's machine again"
    else:
        how, hint = f"is not good: {error.verify_message}", NEXT
    return RegistryUnreachable(f"the certificate of the registry at {address} {how}", hint=hint)


def _busy(address: str, status: int, said: str) -> RegistryUnreachable:
    return RegistryUnreachable(
        f"the registry at {address} is busy or starting: {said or status}", hint=NEXT
    )


def _full(address: str, what: str) -> RegistryFull:
    return RegistryFull(
        f"the disk of the registry at {address} is full: it refuses {what}",
        hint="`ygg images prune` and then `ygg registry gc` make room",
    )


def _unsupported(address: str, what: str, says_so: bool) -> RegistryRefused:
    """Distribution names the reason where deletion is disabled, and has no such page while it is
    read-only."""
    if says_so:
        return DeletionDisabled(
            f"the registry at {address} deletes nothing: {what} stays",
            hint="set allow_delete = true in [registry] of its machine's ygg.toml, and restart it",
        )
    return ReadOnly(
        f"the registry at {address} is read-only now: {what} stays as it is",
        hint="garbage is being collected; try again in a few minutes",
    )


def _half_pushed(address: str, what: str, faults: list[_Fault]) -> BadInput:
    lacking = ", ".join(str(one.detail) for one in faults if one.code == "MANIFEST_BLOB_UNKNOWN")
    return BadInput(
        f"the registry at {address} refuses {what}, since it has no blob {lacking[:_SAID]}",
        field="manifest",
        hint="push all of its blobs first, then the manifest",
    )


def _is_full(body: bytes) -> bool:
    text = body.decode(errors="replace")
    return any(one in text for one in _NO_SPACE)


def _faults(body: bytes) -> list[_Fault]:
    try:
        return _Faults.model_validate_json(body).errors
    except ValidationError:
        return []


def _words(fault: _Fault) -> str:
    detail = fault.detail if isinstance(fault.detail, str) else ""
    return ": ".join(filter(None, (fault.message or fault.code, detail)))
