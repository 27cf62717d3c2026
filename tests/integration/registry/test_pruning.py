"""What is pruned is gone with its signatures, and what stays can be pulled."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.archive import read, save
from registry.client.registry import Registry
from registry.names import ImageName
from registry.pruning import check_archive, plan, plan_of, prune
from registry.reach import reach
from registry.retention import Rules, Stored
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key, tag_of_signatures
from registry.usage import in_use
from tests.integration.registry.conftest import push
from tests.served_registry import Served
from ygg.errors import BadInput, Conflict
from ygg.views import ExecutorView


def _filled(registry: Registry, served: Served, repository: str) -> dict[str, str]:
    """Digests by version."""
    key, found = read_key(served.home.signing_key), {}
    for version in ("0.1.0", "0.2.0", "0.3.0"):
        pushed = push(registry, repository, version, f"layer {repository} {version}".encode())
        name = ImageName(registry.address, repository, version)
        sign(registry, [name], pushed.digest, key, "matt", 1)
        found[version] = pushed.digest
    return found


def test_the_old_go_and_are_kept_in_an_archive(served: Served, tmp_path: Path) -> None:
    with reach(served.settings) as registry:
        digests = _filled(registry, served, "pruned/one")
        found = plan(registry, ["pruned/one"], Rules(keep_last=1, in_use={digests["0.1.0"]: "x"}))
        assert registry.tags("pruned/one")  # a plan changes nothing

        def archive(image: Stored) -> Path:
            file = tmp_path / f"{image.tags[0]}.tar"
            save(registry, ImageName(registry.address, image.repository, image.tags[0]), file)
            return file

        gone = [one.image for one in prune(registry, found.goes, archive)]
        left = registry.tags("pruned/one")
    assert [one.tags[0] for one in gone] == ["0.2.0", tag_of_signatures(digests["0.2.0"])]
    wanted = {"0.1.0", "0.3.0", *(tag_of_signatures(digests[one]) for one in ("0.1.0", "0.3.0"))}
    assert set(left) == wanted
    assert read(tmp_path / "0.2.0.tar").digest == digests["0.2.0"]


def test_what_gets_another_name_meanwhile_stays(served: Served) -> None:
    with reach(served.settings) as registry:
        digests = _filled(registry, served, "pruned/two")
        found = plan(registry, ["pruned/two"], Rules(keep_last=1, in_use={}))
        moved = registry.manifest(ImageName(registry.address, "pruned/two", "0.3.0"))
        registry.put_manifest(ImageName(registry.address, "pruned/two", "0.1.0"), moved.raw)
        gone = [one.image.digest for one in prune(registry, found.goes, None)]
    assert digests["0.1.0"] not in gone
    assert digests["0.2.0"] in gone


def test_one_that_is_named_goes_unless_it_is_in_use(served: Served) -> None:
    with reach(served.settings) as registry:
        digests = _filled(registry, served, "pruned/three")
        used = Rules(keep_last=5, in_use={digests["0.1.0"]: "fenrir runs it"})
        with pytest.raises(Conflict, match=r"0\.1\.0 stays: fenrir runs it"):
            plan_of(registry, ImageName(registry.address, "pruned/three", "0.1.0"), used)
        found = plan_of(registry, ImageName(registry.address, "pruned/three", "0.3.0"), used)
        gone = [one.image.tags[0] for one in prune(registry, found.goes, None)]
        left = registry.tags("pruned/three")
    assert gone == ["0.3.0", tag_of_signatures(digests["0.3.0"])]
    assert {"0.1.0", "0.2.0"} <= set(left)


def test_an_archive_needs_room(tmp_path: Path) -> None:
    check_archive(tmp_path / "new", 1000)
    with pytest.raises(BadInput, match="bytes free"):
        check_archive(tmp_path, 10**18)


def test_what_executors_announced_is_in_use() -> None:
    def view(name: str, digest: str, state: str) -> ExecutorView:
        return {"executor": name, "image_digest": digest, "state": state}  # type: ignore[typeddict-item]

    found = in_use([view("a", "d1", "silent"), view("b", "", "alive"), view("c", "d2", "departed")])
    assert found == {"d1": "a runs it"}
