"""What podman made up does not reach the image."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from registry.making.finishing import Finish, rewrite

HOW = Finish({"org.opencontainers.image.version": "0.2.0"}, at=1_700_000_000)


def _image(folder: Path, *, host: str) -> Path:
    config = {
        "architecture": "amd64",
        "created": "2025-08-09T00:00:00Z",
        "container": host * 3,
        "container_config": {"Hostname": host},
        "config": {"Hostname": host, "User": "ygg", "Labels": {"of": "the base"}},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    }
    text = json.dumps(config).encode()
    digest = hashlib.sha256(text).hexdigest()
    folder.mkdir()
    (folder / digest).write_bytes(text)
    manifest = {
        "schemaVersion": 2,
        "config": {"digest": f"sha256:{digest}", "size": len(text), "mediaType": "x"},
        "layers": [{"digest": "sha256:1", "size": 5}],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_two_builds_become_the_same(tmp_path: Path) -> None:
    one, two = (_image(tmp_path / host, host=host) for host in ("abc", "def"))
    rewrite(one, HOW)
    rewrite(two, HOW)
    assert (one / "manifest.json").read_bytes() == (two / "manifest.json").read_bytes()
    assert sorted(file.name for file in one.iterdir()) == sorted(
        file.name for file in two.iterdir()
    )


def test_the_rest_is_kept_and_the_manifest_fits(tmp_path: Path) -> None:
    folder = _image(tmp_path / "image", host="abc")
    rewrite(folder, HOW)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["layers"] == [{"digest": "sha256:1", "size": 5}]
    text = (folder / manifest["config"]["digest"].removeprefix("sha256:")).read_bytes()
    assert f"sha256:{hashlib.sha256(text).hexdigest()}" == manifest["config"]["digest"]
    assert len(text) == manifest["config"]["size"]
    assert json.loads(text) == {
        "architecture": "amd64",
        "created": "2023-11-14T22:13:20Z",
        "config": {
            "Hostname": "",
            "User": "ygg",
            "Labels": {"of": "the base", "org.opencontainers.image.version": "0.2.0"},
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    }
