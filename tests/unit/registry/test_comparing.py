"""What differs between two images, and what it costs to go from one to the other."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from registry.image_config import ImageConfig
from registry.looking.comparing import Change, Image, Layer, compared
from registry.manifests import Descriptor, ImageManifest


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def image(*layers: int, config: int = 99, **said: object) -> Image:
    """Each layer has as many bytes as its number."""
    told = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"version": "1"}, **said},
        "history": [{"created_by": f"step {one}"} for one in layers],
    }
    manifest = ImageManifest(
        config=Descriptor(media_type="config", digest=digest(config), size_bytes=1),
        layers=tuple(
            Descriptor(media_type="layer", digest=digest(one), size_bytes=one) for one in layers
        ),
    )
    return Image(manifest, ImageConfig.model_validate_json(json.dumps(told)))


def test_a_change_of_code_moves_the_last_layer() -> None:
    found = compared(image(100, 40, 2), image(100, 40, 3, config=98))
    assert [(one.where, one.size_bytes, one.made_by) for one in found.layers] == [
        ("both", 100, "step 100"),
        ("both", 40, "step 40"),
        ("before", 2, "step 2"),
        ("after", 3, "step 3"),
    ]
    assert (found.moved_bytes, found.whole_bytes) == (4, 144)
    assert round(found.moved_percent, 1) == 2.8
    assert not found.is_same


def test_what_it_says_of_itself_is_compared() -> None:
    old = image(5, User="root", Env=["PATH=/bin", "A=1"])
    new = image(5, User="ygg", Env=["PATH=/bin", "B=2"], Labels={"version": "2"})
    assert compared(old, new).changes == (
        Change("environment A", "1", ""),
        Change("environment B", "", "2"),
        Change("label version", "1", "2"),
        Change("user", "root", "ygg"),
    )


LAYERS = st.lists(st.integers(1, 30), unique=True, max_size=6)


@given(LAYERS, LAYERS)
def test_each_layer_is_told_once_and_nothing_moves_twice(old: list[int], new: list[int]) -> None:
    found = compared(image(*old), image(*new))
    told = [one.digest for one in found.layers]
    assert sorted(told) == sorted(digest(one) for one in {*old, *new})
    assert found.moved_bytes == sum({*new} - {*old})
    assert compared(image(*old), image(*old)).is_same
    assert all(isinstance(one, Layer) for one in found.layers)
