"""What is pruned is gone with its signatures, and what stays can be pulled."""

from __future__ import annotations

import datetime
import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from registry.client.registry import Registry
from registry.keeping.pruning import check_archive, plan, plan_of, prune
from registry.keeping.retention import Rules
from registry.looking.shelf import shelved
from registry.looking.stored import Stored
from registry.looking.usage import in_use, rolled_out, runners, untold
from registry.moving.archive import read, save
from registry.names import ImageName
from registry.reach import reach
from registry.signatures.attachments import sign
from registry.signatures.signing import read_key, tag_of_signatures
from registry.versions import passing_tag
from tests.integration.coordinator.conftest import at_home
from tests.integration.coordinator.house import House
from tests.integration.registry.conftest import push
from tests.served_registry import Served
from tests.services import BrokerServer, wait_until
from ygg.errors import BadInput, Conflict, NotFound
from ygg.rollout_client import Rollouts
from ygg.rollout_views import RolloutDetail
from ygg.task import Announced, Announcement
from ygg.views import ExecutorView

VERSIONS = ("0.1.0", "0.2.0", "0.3.0")


def _filled(
    registry: Registry, served: Served, repository: str, versions: Sequence[str] = VERSIONS
) -> dict[str, str]:
    """Digests by version."""
    key, found = read_key(served.home.signing_key), {}
    for version in versions:
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


def test_what_another_took_the_name_of_goes_with_its_signatures(served: Served) -> None:
    key, repository = read_key(served.home.signing_key), "pruned/four"
    with reach(served.settings) as registry:
        name = ImageName(registry.address, repository, "0.2.0")
        old = push(registry, repository, "0.2.0", b"replaced")
        sign(registry, [name], old.digest, key, "matt", 1)
        new = push(registry, repository, "0.2.0", b"its heir")
        sign(registry, [name], new.digest, key, "matt", 2)
        pinned = name.pinned(old.digest)
        used = Rules(keep_last=5, in_use={old.digest: "fenrir runs it"})
        assert plan(registry, [repository], used).goes == []
        with pytest.raises(Conflict, match="fenrir runs it"):
            plan_of(registry, pinned, used)
        found = plan(registry, [repository], Rules(keep_last=5, in_use={}))
        gone = [one.image.digest for one in prune(registry, found.goes, None)]
        assert gone[0] == old.digest
        assert [one for one in registry.tags(repository) if one != "0.2.0"] == [
            tag_of_signatures(new.digest)
        ]
        with pytest.raises(NotFound):
            registry.head(pinned)


def test_what_was_pushed_again_meanwhile_stays_with_its_signatures(served: Served) -> None:
    key, repository = read_key(served.home.signing_key), "pruned/five"
    with reach(served.settings) as registry:
        name = ImageName(registry.address, repository, "0.2.0")
        old = push(registry, repository, "0.2.0", b"replaced")
        sign(registry, [name], old.digest, key, "matt", 1)
        push(registry, repository, "0.2.0", b"its heir")
        found = plan(registry, [repository], Rules(keep_last=5, in_use={}))
        assert len(found.goes) == 2
        push(registry, repository, "0.2.0", b"replaced")
        assert list(prune(registry, found.goes, None)) == []


def test_one_without_a_tag_or_a_signature_goes_by_its_digest(served: Served) -> None:
    with reach(served.settings) as registry:
        old = push(registry, "pruned/six", "0.2.0", b"replaced")
        push(registry, "pruned/six", "0.2.0", b"its heir")
        pinned = ImageName(registry.address, "pruned/six", digest=old.digest)
        found = plan_of(registry, pinned, Rules(keep_last=5, in_use={}))
        assert [one.image.digest for one in prune(registry, found.goes, None)] == [old.digest]
        with pytest.raises(NotFound):
            plan_of(registry, pinned, Rules(keep_last=5, in_use={}))


def test_what_is_deleted_meanwhile_ends_nothing(served: Served) -> None:
    with reach(served.settings) as registry:
        digests = _filled(registry, served, "pruned/seven")
        found = plan(registry, ["pruned/seven"], Rules(keep_last=1, in_use={}))
        name = ImageName(registry.address, "pruned/seven", digest=digests["0.1.0"])
        registry.delete_manifest(name)
        gone = {one.image.digest for one in prune(registry, found.goes, None)}
    assert digests["0.2.0"] in gone
    assert digests["0.1.0"] not in gone


def test_what_a_killed_push_left_is_shown_nowhere_and_pruned(served: Served) -> None:
    tag = passing_tag(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    with reach(served.settings) as registry:
        left = push(registry, "pruned/eight", tag, b"half of a push")
        assert shelved(registry, "pruned/eight") == []
        found = plan(registry, ["pruned/eight"], Rules(keep_last=5, in_use={}))
        assert [one.image.digest for one in prune(registry, found.goes, None)] == [left.digest]
        assert registry.tags("pruned/eight") == []


def ygg_prune(
    served: Served, *words: str, stdin: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "ygg.cli", "images", "prune", "--without-fleet", *words]
    return subprocess.run(
        argv, env=served.environment, stdin=stdin, capture_output=True, text=True, check=False
    )


def test_a_script_is_never_asked_and_told_what_went_before_it_failed(
    served: Served, tmp_path: Path
) -> None:
    with reach(served.settings) as registry:
        digests = _filled(registry, served, "pruned/nine")
    refused = ygg_prune(served, "--keep-last", "1", "pruned/nine")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert json.loads(ygg_prune(served, "--yes", "--json", "pruned/nine").stdout) == []
    (tmp_path / "pruned_nine-0.1.0.tar").mkdir()  # it cannot be saved there
    words = ("--keep-last", "1", "--yes", "--json", "--archive", str(tmp_path))
    failed = ygg_prune(served, *words, "pruned/nine")
    assert failed.returncode == 2
    assert json.loads(failed.stdout) == [f"pruned/nine@{digests['0.2.0']}"]
    with reach(served.settings) as registry:
        assert {"0.1.0", "0.3.0"} <= set(registry.tags("pruned/nine"))


def test_a_person_is_asked_beside_what_is_json(served: Served) -> None:
    with reach(served.settings) as registry:
        digests = _filled(registry, served, "pruned/ten")
    ours, theirs = pty.openpty()
    os.write(ours, b"y\n")
    told = ygg_prune(served, "--keep-last", "2", "--json", "pruned/ten", stdin=theirs)
    assert json.loads(told.stdout)[0] == f"pruned/ten@{digests['0.1.0']}"
    assert "Delete 2 from the registry?" in told.stderr
    assert "older than the last 2 versions" in told.stderr
    os.close(ours)
    os.close(theirs)


def test_an_archive_needs_room(tmp_path: Path) -> None:
    check_archive(tmp_path / "new", 1000)
    with pytest.raises(BadInput, match="bytes free"):
        check_archive(tmp_path, 10**18)


def test_what_executors_announced_is_in_use() -> None:
    def view(name: str, digest: str, state: str) -> ExecutorView:
        return {"executor": name, "image_digest": digest, "state": state}  # type: ignore[typeddict-item]

    views = [view("a", "d1", "silent"), view("b", "", "alive"), view("c", "d2", "departed")]
    assert in_use(views) == {"d1": "a runs it"}
    assert runners([*views, view("A", "d1", "alive")]) == {"d1": ("A", "a")}
    assert untold(views) == 1


def test_what_runs_and_what_the_last_rollout_used_stay(
    served: Served, broker: BrokerServer, tmp_path: Path
) -> None:
    repository = "pruned/eleven"
    versions = ("0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0", "0.6.0")
    with reach(served.settings) as registry:
        digests = _filled(registry, served, repository, versions)
    references = {one: f"{served.address}/{repository}@{digests[one]}" for one in versions}
    with at_home(House(tmp_path, broker)) as house:
        announce(house, digests["0.1.0"])
        rollouts = Rollouts(house.client)
        roll_out(rollouts, references, "0.3.0", before="0.2.0")
        roll_out(rollouts, references, "0.5.0", before="0.4.0")
        words = ["images", "prune", "--keep-last", "1", "--yes", "--json", repository]
        pruned = subprocess.run(
            [sys.executable, "-P", "-m", "ygg.cli", *words],
            env=served.environment | {"YGG_URL": house.client.target.url, "YGG_TOKEN": house.admin},
            capture_output=True,
            text=True,
            check=True,
        )
    gone = json.loads(pruned.stdout)
    assert {*gone[:2]} == {f"{repository}@{digests[one]}" for one in ("0.2.0", "0.3.0")}
    assert len(gone) == 4  # with their signatures
    with reach(served.settings) as registry:
        assert {*versions} & {*registry.tags(repository)} == {"0.1.0", "0.4.0", "0.5.0", "0.6.0"}


def announce(house: House, digest: str) -> None:
    announcement = Announcement(
        executor="north",
        boot="boot",
        machine="north",
        version="1",
        image_digest=digest,
        queues=("dev",),
        concurrency=1,
        offers=(),
    )
    house.hand.say(Announced(announcement=announcement))
    wait_until(lambda: len(house.client.executors()) == 2, "the executor to be known")


def roll_out(rollouts: Rollouts, references: dict[str, str], version: str, before: str) -> None:
    machines = [
        {"machine": "north", "executor": "north", "previous": references[before]},
        {"machine": "east", "executor": "east"},
    ]
    reference = references[version]
    made = rollouts.start("executor", version, reference, machines, driver="ada@laptop")
    rollouts.end(made["rollout"]["id"], made["token"], "done")


def test_what_a_rollout_would_bring_or_bring_back_is_said_with_why() -> None:
    machines = [
        {"machine": "north", "previous": "x/y@sha256:a"},
        {"machine": "east", "previous": "x/y@sha256:a"},
        {"machine": "west", "previous": ""},
        {"machine": "south", "previous": "x/y@sha256:b"},
    ]
    last: RolloutDetail = {  # type: ignore[typeddict-item]
        "image": "executor",
        "version": "0.3.0",
        "reference": "x/y@sha256:b",
        "machines": machines,
    }
    assert rolled_out([last]) == {
        "sha256:a": "north ran it before the last rollout of executor",
        "sha256:b": "the last rollout of executor, to 0.3.0, is of it",
    }
    assert rolled_out([]) == {}
