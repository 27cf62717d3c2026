"""A signature says of which image it is, and only the fleet's key can make one."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from registry.names import image_of
from registry.signatures.signing import (
    Key,
    PublicKey,
    Signature,
    Signed,
    make_key,
    read_key,
    read_public_key,
    tag_of_signatures,
)
from ygg.errors import BadInput

DIGEST = "sha256:" + "5" * 64
NAME = image_of("executor:0.2.0", "fenrir:7430")
OURS = Key(ec.generate_private_key(ec.SECP256R1()))


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    private, public = tmp_path / "key", tmp_path / "pub"
    made = make_key(private, public)
    assert private.stat().st_mode & 0o777 == 0o600
    signature = read_key(private).sign(NAME, DIGEST, "matt", 1_700_000_000)
    assert read_public_key(public).read(signature) == Signed(
        str(NAME), DIGEST, "matt", 1_700_000_000
    )
    assert made.public.fingerprint == read_public_key(public).fingerprint


def test_where_there_is_no_key_the_next_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="signing key is not here") as refused:
        read_key(tmp_path / "none")
    assert "push from the registry's machine" in (refused.value.hint or "")
    (tmp_path / "other").write_text("no key")
    with pytest.raises(BadInput, match="cannot read"):
        read_key(tmp_path / "other")
    with pytest.raises(BadInput, match="cannot read"):
        read_public_key(tmp_path / "other")


def test_another_key_or_another_text_is_none_of_ours() -> None:
    signature = OURS.sign(NAME, DIGEST, "matt", 1)
    foreign = Key(ec.generate_private_key(ec.SECP256R1()))
    assert foreign.public.read(signature) is None
    other = signature.payload.replace(b"0.2.0", b"0.1.0")
    assert OURS.public.read(Signature(other, signature.signed)) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"critical": {}}',
        json.dumps({"critical": {"type": "atomic container signature"}}).encode(),
    ],
)
def test_what_is_signed_must_say_what_podman_wants(payload: bytes) -> None:
    signed = OURS.private.sign(payload, ec.ECDSA(hashes.SHA256()))
    assert OURS.public.read(Signature(payload, base64.b64encode(signed).decode())) is None


@given(st.binary(max_size=80), st.text(max_size=80))
def test_any_text_is_no_signature(payload: bytes, signed: str) -> None:
    assert PublicKey(OURS.private.public_key()).read(Signature(payload, signed)) is None


def test_signatures_lie_beside_their_image() -> None:
    assert tag_of_signatures(DIGEST) == f"sha256-{'5' * 64}.sig"
