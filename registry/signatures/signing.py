"""Signatures of images, as podman and skopeo read them, with no service outside.

Each is a small text that names an image and its digest, signed with the fleet's key. It lies in
the registry beside the image, as a layer of an image with the tag `sha256-….sig`: what sigstore
calls an attachment.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ConfigDict, Field

from registry.names import ImageName
from ygg.embedded.secret_files import write_private, write_public
from ygg.errors import BadInput

PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
ANNOTATION = "dev.cosignproject.cosign/signature"
KIND = "cosign container image signature"
_PUBLIC = "copy signing.pub from the registry's machine into that folder"
_ECDSA = ec.ECDSA(hashes.SHA256())


class _Identity(BaseModel):
    reference: str = Field(alias="docker-reference")


class _Image(BaseModel):
    digest: str = Field(alias="docker-manifest-digest")


class _Critical(BaseModel):
    model_config = ConfigDict(extra="forbid")

    identity: _Identity
    image: _Image
    type: str


class _Optional(BaseModel):
    creator: str = ""
    timestamp: int | None = None


class _Payload(BaseModel):
    model_config = ConfigDict(extra="forbid")

    critical: _Critical
    optional: _Optional | None = None


@dataclass(frozen=True)
class Signature:
    payload: bytes
    signed: str
    """In base64, as it stands in the annotation."""


@dataclass(frozen=True)
class Signed:
    """What a signature that holds says."""

    reference: str
    digest: str
    creator: str
    at: int | None
    """Seconds since 1970, by the signer's clock."""


@dataclass(frozen=True)
class Key:
    """The fleet's: whoever has it says which images are the fleet's."""

    private: ec.EllipticCurvePrivateKey

    def sign(self, name: ImageName, digest: str, creator: str, at: int) -> Signature:
        payload = json.dumps(
            {
                "critical": {
                    "identity": {"docker-reference": str(name)},
                    "image": {"docker-manifest-digest": digest},
                    "type": KIND,
                },
                "optional": {"creator": creator, "timestamp": at},
            },
            separators=(",", ":"),
        ).encode()
        signed = self.private.sign(payload, _ECDSA)
        return Signature(payload, base64.b64encode(signed).decode())

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.private.public_key())


@dataclass(frozen=True)
class PublicKey:
    key: ec.EllipticCurvePublicKey

    @property
    def pem(self) -> str:
        return self.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    @property
    def fingerprint(self) -> str:
        """What people compare: the first digits of its SHA-256."""
        der = self.key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.sha256(der).hexdigest()[:16]

    def read(self, signature: Signature) -> Signed | None:
        """Nothing when this key did not make it, or it does not say what podman wants said."""
        try:
            signed = base64.b64decode(signature.signed, validate=True)
            self.key.verify(signed, signature.payload, _ECDSA)
            payload = _Payload.model_validate_json(signature.payload, strict=True)
        except (InvalidSignature, ValueError):
            return None
        if payload.critical.type != KIND:
            return None
        said = payload.optional or _Optional()
        return Signed(
            reference=payload.critical.identity.reference,
            digest=payload.critical.image.digest,
            creator=said.creator,
            at=said.timestamp,
        )


def make_key(private: Path, public: Path) -> Key:
    key = Key(ec.generate_private_key(ec.SECP256R1()))
    text = key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_private(private, text.decode())
    write_public_key(key, public)
    return key


def write_public_key(key: Key, file: Path) -> None:
    write_public(file, key.public.pem)


def read_key(file: Path) -> Key:
    try:
        found = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except FileNotFoundError:
        raise BadInput(
            f"the fleet's signing key is not here: {file}",
            field="registry.home",
            hint="push from the registry's machine, where ygg registry init made it",
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(
            f"cannot read the signing key {file}: {error}", hint="put it back from a backup"
        ) from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise BadInput(
            f"{file} is no key on an elliptic curve", hint="put back the one that init made"
        )
    return Key(found)


def read_public_key(file: Path) -> PublicKey:
    try:
        found = serialization.load_pem_public_key(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"cannot read the fleet's public key {file}: {error}",
            field="registry.home",
            hint=_PUBLIC,
        ) from error
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise BadInput(f"{file} is no key on an elliptic curve", hint=_PUBLIC)
    return PublicKey(found)


def tag_of_signatures(digest: str) -> str:
    """Where those of an image lie."""
    return f"{digest.replace(':', '-')}.sig"


def is_tag_of_signatures(tag: str) -> bool:
    return tag.startswith("sha256-") and tag.endswith(".sig")


def of_annotations(annotations: Mapping[str, str], payload: bytes) -> Signature | None:
    signed = annotations.get(ANNOTATION)
    return Signature(payload, signed) if signed else None
