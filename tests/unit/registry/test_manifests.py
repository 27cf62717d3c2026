"""Manifests: what is taken is one image or one index, and nothing else raises."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.image_config import parse_config
from registry.manifests import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    IMAGES,
    INDEXES,
    MANIFEST_BYTES,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    ImageIndex,
    ImageManifest,
    Platform,
    digest_of,
    media_type_of,
    parse_manifest,
)
from ygg.errors import BadInput

DIGEST = "sha256:" + "5" * 64
PART = {"mediaType": "a/b", "digest": DIGEST, "size": 3}
IMAGE = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": PART, "layers": [PART]}
INDEX = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [PART]}


def raw(of: object, **changes: object) -> bytes:
    assert isinstance(of, dict)
    return json.dumps(of | changes).encode()


@pytest.mark.parametrize(
    ("content", "said", "kind"),
    [
        (raw(IMAGE), None, OCI_MANIFEST),
        (raw(IMAGE), OCI_MANIFEST, OCI_MANIFEST),
        (raw(IMAGE, mediaType=None), OCI_MANIFEST, OCI_MANIFEST),
        (raw(IMAGE, mediaType=DOCKER_MANIFEST), DOCKER_MANIFEST, DOCKER_MANIFEST),
        (raw(INDEX), OCI_INDEX, OCI_INDEX),
        (raw(INDEX, mediaType=DOCKER_INDEX), None, DOCKER_INDEX),
        (raw(INDEX, new={"deep": [1]}), None, OCI_INDEX),
    ],
)
def test_all_four_kinds_are_read(content: bytes, said: str | None, kind: str) -> None:
    assert media_type_of(content, said) == kind
    found = parse_manifest(content, said)
    assert isinstance(found, ImageManifest if kind in IMAGES else ImageIndex)


@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        (b"", None, "cannot be read"),
        (b"[]", None, "cannot be read"),
        (b"[" * 10_000, None, "cannot be read"),
        (b" " * (MANIFEST_BYTES + 1), None, "larger than"),
        (raw(IMAGE, schemaVersion=1), None, "first schema"),
        (raw(IMAGE, schemaVersion=3), None, "schemaVersion"),
        (raw(IMAGE, schemaVersion="2"), None, "schemaVersion"),
        (raw(IMAGE, mediaType=None), None, "does not say which"),
        (raw(IMAGE, mediaType="text/html"), None, "unknown kind: 'text/html'"),
        (raw(IMAGE), OCI_INDEX, "the registry calls it"),
        (raw(IMAGE, manifests=[PART]), None, "an image and an index at once"),
        (raw(INDEX, config=PART), None, "an image and an index at once"),
        (raw(INDEX, layers=[]), None, "an image and an index at once"),
        (raw(IMAGE, config=None), None, "config"),
        (raw(IMAGE, layers=[PART | {"digest": "sha256:../.."}]), None, "layers.0.digest"),
        (raw(IMAGE, layers=[PART | {"digest": "md5:00"}]), None, "is no digest"),
        (raw(IMAGE, layers=[PART | {"size": -1}]), None, "layers.0.size"),
        (raw(IMAGE, layers=[PART | {"size": 2**70}]), None, "layers.0.size"),
        (raw(IMAGE, layers=[PART | {"size": True}]), None, "layers.0.size"),
        (raw(INDEX, manifests={}), None, "manifests"),
    ],
)
def test_what_is_none_is_refused(content: bytes, said: str | None, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_manifest(content, said)
    assert words in refused.value.message
    assert refused.value.field == "manifest"


TEXT = st.text(max_size=20)
NOTES = st.none() | st.dictionaries(TEXT, TEXT, max_size=3)
PLATFORM = st.builds(Platform, architecture=TEXT, os=TEXT, variant=st.none() | TEXT)
DESCRIPTOR = st.builds(
    Descriptor,
    media_type=st.text(min_size=1, max_size=20),
    digest=st.binary(max_size=8).map(digest_of),
    size_bytes=st.integers(0, 2**63 - 1),
    annotations=NOTES,
    platform=st.none() | PLATFORM,
)
MANY = st.lists(DESCRIPTOR, max_size=4).map(tuple)
MANIFEST = st.builds(
    ImageManifest,
    schema_version=st.just(2),
    media_type=st.sampled_from(IMAGES),
    annotations=NOTES,
    config=DESCRIPTOR,
    layers=MANY,
) | st.builds(
    ImageIndex,
    schema_version=st.just(2),
    media_type=st.sampled_from(INDEXES),
    annotations=NOTES,
    manifests=MANY,
)


@given(MANIFEST)
def test_each_is_read_as_it_was_written(manifest: ImageManifest | ImageIndex) -> None:
    written = manifest.encoded()
    assert parse_manifest(written) == manifest
    assert parse_manifest(written, manifest.media_type).encoded() == written
    assert list(json.loads(written))[:2] == ["schemaVersion", "mediaType"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("schemaVersion", "mediaType", "config", "layers", "manifests", "annotations")
KINDS = st.sampled_from([*IMAGES, *INDEXES, "text/html"])
DOCUMENT = st.dictionaries(
    st.sampled_from(FIELDS), JSON | KINDS | st.just(2) | st.just(PART) | st.just([PART])
)


@given(DOCUMENT | JSON, st.none() | KINDS)
def test_any_document_is_a_manifest_or_refused(document: object, said: str | None) -> None:
    _read_or_refused(json.dumps(document).encode(), said)


@given(st.binary(max_size=100), st.none() | TEXT)
def test_any_bytes_are_a_manifest_or_refused(content: bytes, said: str | None) -> None:
    _read_or_refused(content, said)


def _read_or_refused(content: bytes, said: str | None) -> None:
    try:
        found = parse_manifest(content, said)
    except BadInput:
        return
    whole = json.loads(content)
    kind = media_type_of(content, said)
    assert {said, whole.get("mediaType")} <= {None, kind}
    both = whole.get("manifests") is not None and whole.get("layers") is not None
    assert not both
    assert parse_manifest(found.encoded(), kind) == found


@given(JSON | st.binary(max_size=40))
def test_any_configuration_is_one_or_refused(content: object) -> None:
    written = content if isinstance(content, bytes) else json.dumps(content).encode()
    with suppress(BadInput):
        parse_config(written)


def test_a_configuration_with_nothing_in_it() -> None:
    empty = b'{"architecture": "arm64", "os": "linux", "variant": "v8", "config": {"Labels": null}}'
    config = parse_config(empty)
    assert config.platform == "linux/arm64/v8"
    assert (config.labels, config.steps, config.created) == ({}, (), None)


def test_a_layer_that_comes_twice_is_pulled_once() -> None:
    found = parse_manifest(raw(IMAGE, layers=[PART, PART]))
    assert isinstance(found, ImageManifest)
    assert found.size_bytes == 3
