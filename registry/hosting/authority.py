"""The fleet's certificate authority, and the certificate that its registry shows."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from registry.home import Home
from ygg.addresses import is_host, is_ipv6
from ygg.embedded.secret_files import write_private, write_public
from ygg.errors import BadInput

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397
"""What browsers and Go accept of a server's."""
RENEW_DAYS = 30
"""With fewer days left a certificate is made anew."""
_BACKUP = "put it back from a backup"
_DAY = datetime.timedelta(days=1)
_EARLY = datetime.timedelta(hours=1)
"""Clocks of a fleet differ."""


@dataclass(frozen=True)
class Certified:
    """What a certificate says."""

    names: frozenset[str]
    ends: datetime.datetime
    issuer: str

    @property
    def days_left(self) -> int:
        return (self.ends - _now()) // _DAY


def make_authority(home: Home, key: ec.EllipticCurvePrivateKey | None = None) -> None:
    """Of a key that is there its certificate alone: who has the one of before goes on with it."""
    is_new, key = key is None, key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Yggdrasil fleet authority")])
    builder = _begun(name, name, key.public_key(), AUTHORITY_DAYS)
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    if is_new:
        _write_key(home.authority_key, key)
    _write(home.authority, certificate)


def make_certificate(home: Home, names: Collection[str], days: int = CERTIFICATE_DAYS) -> None:
    """Signed by the authority of this home, for hosts of these names and addresses."""
    authority, authority_key = _read(home.authority), read_authority_key(home)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Yggdrasil registry")])
    known_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = _begun(subject, authority.subject, key.public_key(), days)
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(
                [_general(name) for name in sorted(names) if is_host(name) or is_ipv6(name)]
            ),
            False,
        )
        .add_extension(known_by, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write_key(home.certificate_key, key)
    _write(home.certificate, certificate)


def certified(file: Path) -> Certified:
    return _said(_read(file))


def shown_by(host: str, port: int, timeout_seconds: float = 5) -> Certified:
    """What a server shows, whoever signed it: OSError when nobody is there."""
    text = ssl.get_server_certificate((host, port), timeout=timeout_seconds)
    return _said(x509.load_pem_x509_certificate(text.encode()))


def _said(found: x509.Certificate) -> Certified:
    try:
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = frozenset(
            [
                *named.get_values_for_type(x509.DNSName),
                *map(str, named.get_values_for_type(x509.IPAddress)),
            ]
        )
    except x509.ExtensionNotFound:
        names = frozenset()
    return Certified(names, found.not_valid_after_utc, found.issuer.rfc4514_string())


def is_signed_by_authority(home: Home) -> bool:
    try:
        _read(home.certificate).verify_directly_issued_by(_read(home.authority))
    except Exception:  # noqa: BLE001  whatever it says: it is not
        return False
    return True


def has_its_key(home: Home) -> bool:
    return _has_key(home.certificate, home.certificate_key)


def is_authority_of_key(home: Home) -> bool:
    return _has_key(home.authority, home.authority_key)


def read_authority_key(home: Home) -> ec.EllipticCurvePrivateKey:
    try:
        found = _read_key(home.authority_key)
    except FileNotFoundError:
        raise BadInput(
            f"the authority's key is not here: {home.authority_key}",
            hint="put it back from where it is kept for as long as it takes: certificates are"
            " signed with it",
        ) from None
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise BadInput(f"{home.authority_key} is no key on an elliptic curve", hint=_BACKUP)
    return found


def _has_key(certificate: Path, key: Path) -> bool:
    """False where either is not there, or is something else."""
    try:
        return _read(certificate).public_key() == _read_key(key).public_key()
    except (BadInput, FileNotFoundError):
        return False


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - _EARLY)
        .not_valid_after(_now() + days * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name)


def _read_key(file: Path) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(file.read_bytes(), password=None)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(f"cannot read the key {file}: {error}", hint=_BACKUP) from error


def _read(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"cannot read the certificate {file}: {error}",
            hint="on the registry's machine: move it away if it is there, then ygg registry init",
        ) from error


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(file, text.decode())


def _write(file: Path, certificate: x509.Certificate) -> None:
    write_public(file, certificate.public_bytes(serialization.Encoding.PEM).decode())


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
