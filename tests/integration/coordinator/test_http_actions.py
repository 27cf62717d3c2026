"""What people do to tasks over HTTP: cancel, approve, reject, retry, replay, fetch artifacts."""

from __future__ import annotations

import base64
import hashlib
import time

import pytest

from tests.integration.coordinator.house import House
from tests.services import wait_until
from ygg import keys
from ygg.blobs import CHUNK_BYTES
from ygg.errors import Conflict, NotFound
from ygg.lease import Claim, Leases
from ygg.task import BlobRef, NamedBlob


def submit(house: House, **task: object) -> str:
    return house.client.submit({"label": "dev-free"} | task)["task"]["id"]


def test_what_nobody_has_begun_is_cancelled_at_once(house: House) -> None:
    task_id = submit(house)
    house.wait_dispatched(task_id)
    view = house.client.cancel(task_id.upper(), note="no need")
    assert view["state"] == "cancelled"
    [action] = house.client.task(task_id)["actions"]
    assert (action["action"], action["note"]) == ("cancel", "no need")
    leases = Leases(house.hand.redis, 60)
    assert leases.take(task_id, 1, "hand:1", 0) is Claim.FINISHED
    with pytest.raises(Conflict, match="too late to cancel"):
        house.client.cancel(task_id)


def test_who_runs_it_is_told_and_ends_it(house: House) -> None:
    task_id = submit(house)
    house.wait_dispatched(task_id)
    leases = Leases(house.hand.redis, 60)
    assert leases.take(task_id, 1, "hand:1", 0) is Claim.TAKEN
    house.hand.start(task_id)
    house.wait_state(task_id, "running")
    assert house.client.cancel(task_id)["state"] == "cancelling"
    assert house.hand.redis.get(keys.cancel(task_id)) == b"1"
    house.hand.finish(task_id, ending="cancelled", reason="stopped")
    house.wait_state(task_id, "cancelled")


def test_a_result_that_came_first_stands(house: House) -> None:
    task_id = submit(house)
    house.wait_dispatched(task_id)
    Leases(house.hand.redis, 60).take(task_id, 1, "hand:1", 0)
    house.client.cancel(task_id)
    house.hand.finish(task_id, result=1)
    house.wait_state(task_id, "succeeded")


def test_a_retry_is_a_new_task_like_the_old(house: House) -> None:
    old = house.run(
        {"label": "dev-free", "title": "t", "params": {"a": [1]}, "priority": 0, "key": "k"},
        ending="error",
        reason="broken",
    )
    view = house.client.retry(old, note="again")
    assert (view["retry_of"], view["title"], view["priority"]) == (old, "t", 0)
    assert house.client.task(view["id"])["params"] == {"a": [1]}
    assert house.client.task(old)["state"] == "failed"
    assert house.client.task(old)["actions"][0]["note"] == "again"
    house.wait_dispatched(view["id"])
    house.hand.finish(view["id"])


def test_what_has_not_ended_cannot_be_retried(house: House) -> None:
    before = house.written()
    task_id = submit(house, delay_seconds=600)
    with pytest.raises(Conflict, match="waiting: only a task that has ended"):
        house.client.retry(task_id)
    assert house.written() == before + 1


def test_a_yes_lets_a_waiting_task_go(house: House) -> None:
    task_id = house.client.submit({"label": "power-off"})["task"]["id"]
    assert house.client.task(task_id)["reason"] == "waits for approval"
    house.client.approve(task_id, note="fine")
    house.wait_dispatched(task_id)
    with pytest.raises(Conflict):
        house.client.approve(task_id)


@pytest.mark.parametrize(("verb", "state"), [("approve", "succeeded"), ("reject", "rejected")])
def test_a_result_is_reviewed(house: House, verb: str, state: str) -> None:
    task_id = house.run({"label": "code-edit"}, verdict="verified")
    assert house.client.task(task_id)["state"] == "review"
    assert getattr(house.client, verb)(task_id)["state"] == state
    assert house.client.task(task_id)["verdict"] == "verified"


def test_a_replay_retries_what_failed_since_then_once(house: House) -> None:
    since = time.time()
    failed = [house.run({"label": "dev-free"}, ending="error") for _ in range(2)]
    other = house.run({"label": "dev-echo"}, ending="error")
    house.run({"label": "dev-free"})
    before = house.written()
    foretold = house.client.replay(since=since, label="dev-free", dry_run=True)
    assert sorted(found["of"] for found in foretold["tasks"]) == sorted(failed)
    assert house.written() == before
    replayed = house.client.replay(since=since, label="dev-free")["tasks"]
    for found in replayed:
        assert house.client.task(found["id"])["retry_of"] == found["of"]
    rest = house.client.replay(since=since)["tasks"]
    assert [found["of"] for found in rest] == [other]
    assert house.client.replay(since=since)["tasks"] == []
    assert house.client.replay(since=time.time() + 60)["tasks"] == []


def test_who_sets_a_task_going_is_told_what_keeps_it(house: House) -> None:
    since = time.time()
    nobody = "no executor that is alive offers {} on queue on.asleep now: it waits"
    failed = house.client.submit({"label": "dev-free", "on": "asleep"})["task"]["id"]
    house.client.cancel(failed)
    assert house.client.retry(failed)["notices"] == [nobody.format("dev-free")]
    assert house.client.retry(house.run({"label": "dev-free"}))["notices"] == []
    asking = house.client.submit({"label": "power-off", "on": "asleep"})["task"]["id"]
    assert house.client.approve(asking)["notices"] == [nobody.format("power-off")]
    house.run({"label": "dev-free"}, ending="error")
    assert house.client.replay(since=since)["notices"] == []


def test_who_pins_a_task_to_an_executor_s_name_is_told_its_machine(house: House) -> None:
    told = "hand is an executor, on machine bench: --on bench"
    pinned = {"label": "dev-free", "on": "hand"}
    [notice] = house.client.submit(pinned)["notices"]
    assert notice.endswith(f"on queue on.hand now: it waits ({told})")
    assert told in house.client.dry_run(pinned)["why"]
    assert told not in house.client.dry_run(pinned | {"on": "asleep"})["why"]


def test_small_and_large_artifacts_are_kept(house: House) -> None:
    small, large = b"small\0", b"x" * (CHUNK_BYTES + 5)
    digests = [hashlib.sha256(content).hexdigest() for content in (small, large)]
    name = keys.blob(digests[1])
    chunks = {"0": large[:CHUNK_BYTES], "1": large[CHUNK_BYTES:], "size": str(len(large))}
    house.hand.redis.hset(name, mapping=chunks)  # type: ignore[arg-type]
    inline = base64.b64encode(small).decode()
    artifacts = (
        NamedBlob(
            path="out/a b %2f ü.txt",
            blob=BlobRef(sha256=digests[0], size_bytes=len(small), inline_base64=inline),
        ),
        NamedBlob(path="big", blob=BlobRef(sha256=digests[1], size_bytes=len(large))),
    )
    task_id = house.run({"label": "dev-free"}, artifacts=artifacts)
    house.hand.redis.delete(name)
    assert house.client.artifact(task_id, "out/a b %2f ü.txt") == small
    assert house.client.artifact(task_id, "big") == large
    with pytest.raises(NotFound) as refused:
        house.client.artifact(task_id, "../../ledger.db")
    assert refused.value.allowed == ["out/a b %2f ü.txt", "big"]


def test_an_outcome_whose_artifact_has_not_come_does_not_count_until_it_has(house: House) -> None:
    content = b"late"
    ref = BlobRef(sha256=hashlib.sha256(content).hexdigest(), size_bytes=4)
    artifacts = (NamedBlob(path="a", blob=ref),)
    task_id = submit(house)
    house.wait_dispatched(task_id)
    house.hand.finish(task_id, artifacts=artifacts)
    other = house.run({"label": "dev-free"})
    assert house.client.task(other)["state"] == "succeeded"
    assert house.client.task(task_id)["state"] == "queued"
    house.hand.redis.hset(keys.blob(ref.sha256), mapping={"0": content, "size": "4"})
    house.hand.finish(task_id, artifacts=artifacts)
    house.wait_state(task_id, "succeeded")
    assert house.client.artifact(task_id, "a") == content


def test_an_input_sent_ahead_is_in_redis_before_its_message(house: House) -> None:
    content = b"y" * (CHUNK_BYTES + 1)
    sha256 = hashlib.sha256(content).hexdigest()
    house.client.put_blob(sha256, content)
    blob = {"sha256": sha256, "size_bytes": len(content)}
    task_id = submit(house, inputs=[{"path": "in/y", "blob": blob}])
    house.wait_dispatched(task_id)
    name = keys.blob(sha256)
    wait_until(lambda: bool(house.hand.redis.hexists(name, "size")), "the input")
    chunks = [house.hand.redis.hget(name, number) for number in ("0", "1")]
    assert b"".join(chunks) == content  # type: ignore[arg-type]
    assert house.client.task(task_id)["inputs"] == [
        {"path": "in/y", "sha256": sha256, "size_bytes": len(content)}
    ]
