"""Signatures lie beside their image, and are found and judged again."""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec

from registry.client.registry import Registry
from registry.keeping.retention import Rules, decided
from registry.looking.shelf import repositories, shelved, signatures
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import attach, sign, verified
from registry.signatures.signing import Key, read_key, read_public_key
from tests.integration.registry.conftest import Pushed, push
from tests.served_registry import Served

FOREIGN = Key(ec.generate_private_key(ec.SECP256R1()))


def _named(registry: Registry, pushed: Pushed) -> ImageName:
    return ImageName(registry.address, pushed.repository, pushed.tag)


def test_each_name_is_signed_and_read_again(served: Served) -> None:
    ours, public = read_key(served.home.signing_key), read_public_key(served.home.public_key)
    with reach(served.settings) as registry:
        pushed = push(registry, "signed/one", "0.2.0")
        name, digest = _named(registry, pushed), pushed.digest
        assert verified(registry, name, digest, public).holds == ()
        sign(registry, [name, name.tagged("latest")], digest, ours, "matt on fenrir", 1_800_000_000)
        sign(registry, [name], digest, FOREIGN, "a stranger", 1_900_000_000)
        found = verified(registry, name, digest, public)
        other = push(registry, "signed/one", "0.1.0", b"never the latest")
        sign(registry, [name.tagged("0.1.0")], other.digest, ours, "matt", 1)
        old = verified(registry, name, other.digest, public)
    assert (len(found.holds), found.foreign) == (2, 1)
    bare = replace(name, tag=None)
    assert found.by_name(bare) is not None
    assert old.by_name(bare) is None
    said = found.by_name(name)
    assert said is not None
    assert (said.creator, said.at, said.digest) == ("matt on fenrir", 1_800_000_000, digest)
    assert found.by_name(name.tagged("latest")) is not None
    assert found.by_name(name.pinned(digest)) is not None
    assert found.by_name(name.tagged("0.3.0")) is None


def test_to_sign_again_adds_nothing_but_the_new_time(served: Served) -> None:
    ours, public = read_key(served.home.signing_key), read_public_key(served.home.public_key)
    with reach(served.settings) as registry:
        pushed = push(registry, "signed/two", "0.2.0")
        name = _named(registry, pushed)
        for at in (1, 3, 2):
            sign(registry, [name], pushed.digest, ours, "matt", at)
        found = verified(registry, name, pushed.digest, public)
    assert [one.at for one in found.holds] == [3, 2, 1]


def test_a_signature_of_another_image_is_none(served: Served) -> None:
    """Somebody who may push, and has no key, moves one from an image to another."""
    ours, public = read_key(served.home.signing_key), read_public_key(served.home.public_key)
    with reach(served.settings) as registry:
        good = push(registry, "signed/three", "0.2.0")
        evil = push(registry, "signed/three", "0.2.1", b"another layer")
        name = _named(registry, good)
        signature = ours.sign(name, good.digest, "matt", 1)
        attach(registry, _named(registry, evil), evil.digest, signature)
        found = verified(registry, _named(registry, evil), evil.digest, public)
    assert (found.holds, found.foreign) == ((), 1)


def test_the_shelf_tells_images_by_their_digests(served: Served) -> None:
    ours = read_key(served.home.signing_key)
    label = "org.opencontainers.image.version"
    with reach(served.settings) as registry:
        for number in range(3):
            version = f"0.{number}.0"
            pushed = push(registry, "shelf/one", version, b"layer %d" % number, **{label: version})
            registry.put_manifest(
                ImageName(registry.address, "shelf/one", f"git-{number:012x}"),
                pushed.manifest.encoded(),
            )
        name = _named(registry, pushed)
        sign(registry, [name], pushed.digest, ours, "matt", 1)
        found = {one.version: one for one in shelved(registry, "shelf/one")}
        signed = list(signatures(registry, "shelf/one"))
        assert "shelf/one" in repositories(registry)
    assert set(found) == {"0.0.0", "0.1.0", "0.2.0"}
    newest = found["0.2.0"]
    assert newest.tags == ("0.2.0", "git-000000000002")
    assert [one.is_signed for one in (newest, found["0.1.0"])] == [True, False]
    assert newest.size_bytes == pushed.manifest.size_bytes
    assert newest.platforms == ("linux/amd64",)
    plan = decided(
        [*(one.stored for one in found.values()), *signed], Rules(keep_last=1, in_use={})
    )
    assert sum(one.stays for one in plan) == 2  # the newest, and its signature
