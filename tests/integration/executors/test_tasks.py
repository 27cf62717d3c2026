"""What becomes of tasks when nothing is wrong with the fleet."""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

from tests.integration.executors.harness import (
    ExecutorProcess,
    MakeExecutor,
    dev_echo,
    dev_run,
    gone,
    python,
)
from tests.services import wait_until
from ygg import keys
from ygg.blobs import Blobs, ref_of
from ygg.lease import Claim, Leases
from ygg.settings import DeliverySettings
from ygg.task import Ending, NamedBlob

VARIABLES = {"YGG_SANDBOX__USE": "off"}
"""What tasks start is looked at from outside."""


def test_announces_what_it_offers(shared: ExecutorProcess) -> None:
    announcement = shared.announcements()[0].announcement
    offers = {offer.label: offer for offer in announcement.offers}
    assert announcement.executor == "fenrir"
    assert "on.fenrir" in announcement.queues
    assert offers["dev-echo"].bundle
    assert not offers["dev-run"].bundle
    assert offers["dev-run"].params_schema["required"] == ["command"]
    assert offers["dev-run"].params_schema["additionalProperties"] is False


def test_announces_again_when_the_broker_is_another_one(executor: ExecutorProcess) -> None:
    executor.redis.flushall()
    executor.redis.set("ygg:epoch", "second")
    wait_until(lambda: len(executor.announcements()) == 1, "a new announcement")


def test_echo_answers(shared: ExecutorProcess) -> None:
    task = dev_echo("grüße")
    shared.send(task)
    outcome = shared.outcome(task)
    assert outcome.ending is Ending.OK
    assert outcome.result == {"text": "grüße"}


def test_run_reports_output_result_and_artifacts(shared: ExecutorProcess) -> None:
    code = "import pathlib; print(6*7); pathlib.Path('out').mkdir(); open('out/a','w').write('x')"
    task = dev_run(sys.executable, "-c", code, outputs=["out/*", "none"])
    shared.send(task)
    outcome = shared.outcome(task)
    assert outcome.ending is Ending.OK
    assert outcome.result == {"exit_code": 0, "stdout": "42\n"}
    assert [one.path for one in outcome.artifacts] == ["out/a"]
    assert outcome.artifacts[0].blob.inline_base64 == base64.b64encode(b"x").decode()
    assert outcome.warnings == ("artifact not kept: no file matches none",)
    assert outcome.log.bytes == 3
    assert shared.text(task) == "42\n"


def test_the_workspace_is_removed(shared: ExecutorProcess) -> None:
    task = python("import os; os.mkdir('locked', 0o000); print(os.getcwd())")
    shared.send(task)
    shared.outcome(task)
    folder = Path(shared.text(task).strip())
    wait_until(lambda: not folder.parent.exists(), "the workspace to go")


def test_a_failing_command_fails_the_task_and_keeps_its_output(shared: ExecutorProcess) -> None:
    task = python("import sys; print('so far'); sys.exit('no more')")
    shared.send(task)
    outcome = shared.outcome(task)
    assert outcome.ending is Ending.ERROR
    assert outcome.reason == "exit code 1"
    assert outcome.hint == "no more"
    assert outcome.result == {"exit_code": 1, "stdout": "so far\n"}


def test_a_missing_command_is_named(shared: ExecutorProcess) -> None:
    task = dev_run("no-such-program")
    shared.send(task)
    assert shared.outcome(task).reason == "command not found: no-such-program"


def test_inputs_are_written_and_stdin_is_given(shared: ExecutorProcess) -> None:
    ref = ref_of(b"from a file\n", inline_bytes=1000)
    task = dev_run("cat", "in/a.txt", "-", stdin="from stdin\n")
    task = task.model_copy(update={"inputs": (NamedBlob(path="in/a.txt", blob=ref),)})
    shared.send(task)
    assert shared.outcome(task).result == {
        "exit_code": 0,
        "stdout": "from a file\nfrom stdin\n",
    }


def test_a_large_input_comes_through_redis(shared: ExecutorProcess, tmp_path: Path) -> None:
    content = b"0123456789abcdef" * 100_000
    file = tmp_path / "large"
    file.write_bytes(content)
    ref = ref_of(content, inline_bytes=0)
    blobs = Blobs(shared.redis, DeliverySettings())
    task, other = (
        dev_run("sha256sum", "large", "again").model_copy(
            update={
                "inputs": (NamedBlob(path="large", blob=ref), NamedBlob(path="again", blob=ref))
            }
        )
        for _ in range(2)
    )
    for one in (task, other):
        blobs.put(ref.sha256, file, f"{one.task_id}.1")
    shared.send(task)
    outcome = shared.outcome(task)
    assert hashlib.sha256(content).hexdigest() in str(outcome.result)
    assert blobs.get(ref.sha256) == content  # the other one has not begun
    shared.send(other)
    assert shared.outcome(other).ending is Ending.OK
    assert not shared.redis.exists(keys.blob(ref.sha256), keys.BLOB_BYTES)


def test_a_missing_input_returns_the_task(shared: ExecutorProcess) -> None:
    blob = ref_of(b"gone", inline_bytes=0)
    task = dev_run("true")
    task = task.model_copy(update={"inputs": (NamedBlob(path="large", blob=blob),)})
    shared.send(task)
    outcome = shared.outcome(task)
    assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "unavailable")


def test_a_path_that_leads_out_of_the_workspace_is_refused(shared: ExecutorProcess) -> None:
    ref = ref_of(b"x", inline_bytes=1000)
    for path in ("../escaped", "/tmp/escaped", "a/../../escaped"):  # noqa: S108
        task = dev_run("true")
        task = task.model_copy(update={"inputs": (NamedBlob(path=path, blob=ref),)})
        shared.send(task)
        outcome = shared.outcome(task)
        assert outcome.ending is Ending.ERROR
        assert "not a path inside the workspace" in outcome.reason


def test_a_link_out_of_the_workspace_is_not_kept(shared: ExecutorProcess) -> None:
    code = "import os; os.symlink('/etc/passwd', 'p'); os.symlink('/etc', 'e')"
    task = dev_run(sys.executable, "-c", code, outputs=["p", "e/passwd", "e/*"])
    shared.send(task)
    outcome = shared.outcome(task)
    assert outcome.ending is Ending.OK
    assert outcome.artifacts == ()
    assert len(outcome.warnings) == 3


def test_a_large_artifact_waits_in_redis(make_executor: MakeExecutor) -> None:
    executor = make_executor(YGG_DELIVERY__INLINE_BYTES="10")
    executor.start_and_wait()
    task = dev_run("sh", "-c", "printf 0123456789abcdef > big", outputs=["big"])
    executor.send(task)
    artifact = executor.outcome(task).artifacts[0]
    assert artifact.blob.inline_base64 is None
    blobs = Blobs(executor.redis, DeliverySettings())
    assert blobs.get(artifact.blob.sha256) == b"0123456789abcdef"
    blobs.drop(artifact.blob.sha256, f"{task.task_id}.1")
    assert not executor.redis.exists(keys.blob(artifact.blob.sha256))
    kept = executor.data_dir / "spool" / "fenrir" / "blobs"
    assert list(kept.iterdir())
    executor.acknowledge(*executor.finished(task.task_id))
    wait_until(lambda: not list(kept.iterdir()), "the kept artifact to go")


def test_artifacts_that_the_outcome_does_not_name_leave_the_disk(
    make_executor: MakeExecutor,
) -> None:
    executor = make_executor(
        YGG_DELIVERY__INLINE_BYTES="10", YGG_DELIVERY__BLOBS_TOTAL_BYTES="1024"
    )
    executor.start_and_wait()
    first, second = (
        dev_run("sh", "-c", f"head -c 700 /dev/zero | tr '\\0' {letter} > big", outputs=["big"])
        for letter in "ab"
    )
    executor.send(first)
    assert len(executor.outcome(first).artifacts) == 1
    executor.send(second)
    outcome = executor.outcome(second)
    assert outcome.artifacts == ()
    assert outcome.warnings == ("artifact big was not kept: no room in Redis",)
    assert executor.spool_files()
    kept = (executor.data_dir / "spool" / "fenrir" / "blobs").iterdir()
    assert [one.name for one in kept] == [f"{first.task_id}.1"]


def test_an_artifact_over_the_limit_is_a_warning(make_executor: MakeExecutor) -> None:
    executor = make_executor(YGG_DELIVERY__BLOB_BYTES="1024")
    executor.start_and_wait()
    task = dev_run("sh", "-c", "head -c 1025 /dev/zero > big", outputs=["big"])
    executor.send(task)
    outcome = executor.outcome(task)
    assert outcome.ending is Ending.OK
    assert outcome.artifacts == ()
    assert "more than 1024 bytes" in outcome.warnings[0]


def test_a_label_that_is_not_offered_is_returned(shared: ExecutorProcess) -> None:
    task = dev_echo().model_copy(update={"label": "dev-nobody"})
    shared.send(task)
    outcome = shared.outcome(task)
    assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "not_offered")


def test_a_task_that_requires_a_tag_we_lack_is_returned(shared: ExecutorProcess) -> None:
    task = dev_echo().model_copy(update={"requires": frozenset({"gpu"})})
    shared.send(task)
    assert shared.outcome(task).cause == "not_offered"


def test_params_of_another_version_are_an_error(shared: ExecutorProcess) -> None:
    for task in (dev_echo(loud=True), dev_run("true", loud=True)):
        shared.send(task)
        outcome = shared.outcome(task)
        assert outcome.ending is Ending.ERROR
        assert outcome.reason.startswith("params.loud: ")


def test_a_bundle_is_flushed_together(shared: ExecutorProcess) -> None:
    tasks = [dev_echo(str(number), fail=number == 7) for number in range(64)]
    shared.send(*tasks)
    outcomes = [shared.outcome(task) for task in tasks]
    assert [one.ending for one in outcomes].count(Ending.OK) == 63
    assert outcomes[7].reason == "asked to fail"
    ends = [shared.finished(task.task_id)[0] for task in tasks]
    files = {shared.spool_file(end) for end in ends}
    assert len(files) < 32
    shared.acknowledge(*ends)
    wait_until(lambda: not any(file.exists() for file in files), "the spool to be struck off")


def test_a_bundle_takes_in_what_needs_a_process(shared: ExecutorProcess) -> None:
    tasks = [dev_echo("a"), dev_run("true"), dev_echo("b")]
    shared.send(*tasks)
    assert all(shared.outcome(task).ending is Ending.OK for task in tasks)


def test_a_message_is_obeyed_once(shared: ExecutorProcess) -> None:
    task, after = python("print('once')"), dev_echo()
    shared.send(task)
    shared.send(task)
    shared.outcome(task)
    shared.send(task)
    shared.send(after)
    shared.outcome(after)
    wait_until(shared.is_idle, "all to be done")
    assert len(shared.finished(task.task_id)) == 1
    assert shared.text(task) == "once\n"


def test_an_old_message_is_refused(shared: ExecutorProcess) -> None:
    old, from_before, after = dev_echo(), dev_echo(), dev_echo()
    shared.send(old, expires_in_seconds=-1)
    shared.send(from_before, epoch="an earlier one")
    shared.send(after, epoch="first")
    shared.outcome(after)
    assert not shared.finished(old.task_id)
    assert not shared.finished(from_before.task_id)


def test_an_attempt_that_a_later_one_has_overtaken_is_refused(shared: ExecutorProcess) -> None:
    task, after = dev_echo(), dev_echo()
    leases = Leases(shared.redis, 600)
    assert leases.take(task.task_id, 2, "another/1", 0) is Claim.TAKEN
    shared.send(task)
    shared.send(after)
    shared.outcome(after)
    assert not shared.finished(task.task_id)


def test_a_message_that_cannot_be_read_harms_nobody(shared: ExecutorProcess) -> None:
    shared._app.send_task("ygg.run", args=[{"envelopes": []}], queue="dev")
    shared._app.send_task("ygg.run", args=[], queue="dev")
    shared._app.send_task("no.such.task", args=[], queue="dev")
    after = dev_echo()
    shared.send(after)
    assert shared.outcome(after).ending is Ending.OK


def test_logs_are_bounded_and_the_rest_is_counted(make_executor: MakeExecutor) -> None:
    executor = make_executor(YGG_EXECUTOR__LOG_LIMIT_BYTES="10000")
    executor.start_and_wait()
    task = python("import sys; [print('x' * 99) for _ in range(50_000)]")
    executor.send(task)
    outcome = executor.outcome(task)
    assert outcome.ending is Ending.OK
    assert outcome.log.bytes == 5_000_000
    assert outcome.log.dropped_bytes == 4_990_000
    assert len(executor.text(task)) == 10_000
    assert "4990000 bytes of log were dropped" in executor.text(task, "ygg")
    sequences = [chunk.sequence for chunk in executor.chunks(task)]
    assert sequences == sorted(set(sequences))
    assert sum(chunk.dropped_bytes for chunk in executor.chunks(task)) == 4_990_000


def test_logs_and_progress_arrive_while_the_task_runs(shared: ExecutorProcess) -> None:
    task = python("import sys, time; print('early', flush=True); time.sleep(60)")
    shared.send(task)
    wait_until(lambda: shared.text(task) == "early\n", "the log to arrive")
    assert not shared.finished(task.task_id)
    shared.cancel(task)
    shared.outcome(task)


def test_what_a_task_leaves_behind_is_killed(shared: ExecutorProcess) -> None:
    task = python(DAEMON + "print(spawn_daemon(), flush=True)")
    shared.send(task)
    outcome = shared.outcome(task)
    assert outcome.ending is Ending.OK
    assert "left behind" in outcome.warnings[0]
    assert gone(int(shared.text(task)))


def test_a_task_does_not_see_the_broker_password(shared: ExecutorProcess) -> None:
    task = python("import os; print([name for name in os.environ if name.startswith('YGG_')])")
    shared.send(task)
    shared.outcome(task)
    assert shared.text(task) == "[]\n"


def test_a_task_s_environment_says_where_it_is(shared: ExecutorProcess) -> None:
    task = python("import os; print(os.environ['PWD'] == os.getcwd(), 'OLDPWD' in os.environ)")
    shared.send(task)
    shared.outcome(task)
    assert shared.text(task) == "True False\n"


DAEMON = """
import os, time
def spawn_daemon():
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(write, str(os.getpid()).encode())
            for handle in (0, 1, 2): os.close(handle)
            time.sleep(600)
        os._exit(0)
    os.wait()
    return int(os.read(read, 20))
"""
