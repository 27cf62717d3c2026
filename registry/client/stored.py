"""Manifests in a registry: what is asked for by a digest is compared with that digest."""

from __future__ import annotations

from dataclasses import dataclass

from registry.client.transport import Answer, Call, Transport
from registry.client.trouble import no_registry, wrong_content
from registry.manifests import (
    IMAGES,
    INDEXES,
    MANIFEST_BYTES,
    StoredManifest,
    digest_of,
    media_type_of,
    parse_manifest,
)
from registry.names import ImageName, check_digest
from ygg.errors import BadInput

_ACCEPT = {"accept": ", ".join((*IMAGES, *INDEXES))}
_DIGEST = "docker-content-digest"


@dataclass(frozen=True)
class Head:
    """What a registry says of a manifest, without sending it."""

    digest: str
    size_bytes: int
    media_type: str


def fetched(transport: Transport, name: ImageName) -> StoredManifest:
    answer = transport.ask(_call("GET", name), MANIFEST_BYTES)
    digest = digest_of(answer.body)
    for wanted in (name.digest, answer.headers.get(_DIGEST)):
        if wanted is not None and wanted != digest:
            raise wrong_content(transport.address, wanted[:80], digest)
    said = _media_type(answer)
    try:
        content = parse_manifest(answer.body, said)
    except BadInput as error:
        raise BadInput(
            f"{_what(name)} of {transport.address}: {error.message}",
            field=error.field,
            allowed=error.allowed,
            hint=error.hint,
        ) from error
    return StoredManifest(name, answer.body, digest, media_type_of(answer.body, said), content)


def head(transport: Transport, name: ImageName) -> Head:
    answer = transport.ask(_call("HEAD", name))
    digest, size = answer.headers.get(_DIGEST), answer.headers.get("content-length", "")
    if digest is None or not size.isdecimal():  # not all say so without sending it
        found = fetched(transport, name)
        return Head(found.digest, len(found.raw), found.media_type)
    if name.digest is not None and digest != name.digest:
        raise wrong_content(transport.address, name.digest, digest[:80])
    _check_digest(transport, digest)
    return Head(digest, int(size), _media_type(answer) or "")


def put(transport: Transport, name: ImageName, raw: bytes, media_type: str | None) -> str:
    """Returns its digest. Its blobs must be there before it."""
    kind, digest = media_type_of(raw, media_type), digest_of(raw)
    parse_manifest(raw, media_type)
    if name.digest is not None and name.digest != digest:
        raise BadInput(f"the manifest's digest is {digest}, not {name.digest}", field="image")
    headers = {"content-type": kind}
    scope = f"repository:{name.repository}:pull,push"
    call = Call("PUT", _path(name), _what(name), scope, frozenset({201, 202}), headers, raw)
    said = transport.ask(call).headers.get(_DIGEST)
    if said is not None and said != digest:
        raise wrong_content(transport.address, digest, said[:80])
    return digest


def deleted(transport: Transport, name: ImageName) -> str:
    digest = name.digest or head(transport, name).digest
    pinned = name.pinned(digest)
    scope = f"repository:{name.repository}:pull,delete"
    good = frozenset({200, 202})
    transport.ask(Call("DELETE", _path(pinned), _what(name), scope, good))
    return digest


def _call(method: str, name: ImageName) -> Call:
    scope = f"repository:{name.repository}:pull"
    return Call(method, _path(name), _what(name), scope, headers=_ACCEPT)


def _path(name: ImageName) -> str:
    return f"/v2/{name.repository}/manifests/{name.reference}"


def _what(name: ImageName) -> str:
    return f"image {name.short}"


def _media_type(answer: Answer) -> str | None:
    return answer.headers.get("content-type", "").partition(";")[0].strip() or None


def _check_digest(transport: Transport, digest: str) -> None:
    try:
        check_digest(digest)
    except BadInput as error:
        raise no_registry(transport.address, error.message) from error
