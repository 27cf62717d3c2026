"""What a person is told, and what a pipe is given, against one real embedded fleet."""

import json
import subprocess

import pytest

from tests.embedded import YGG, eventually

pytestmark = pytest.mark.timeout(240)

NOBODY = "no executor that is alive offers dev-echo on queue on.nowhere now: it waits"


def follow(fleet, script, *arguments):
    params = f"command={json.dumps(['sh', '-c', script])}"
    return fleet.run("submit", "--label", "dev-run", "--param", params, "--wait", *arguments)


def test_a_pipe_gets_the_task_s_stdout_once_and_as_it_was_written(fleet):
    done = follow(fleet, "printf 'one\\ntwo'; echo talk >&2")
    assert done.stdout == "one\ntwo"
    assert "talk\n" in done.stderr
    assert "succeeded" in done.stderr


def test_a_command_that_writes_nothing_gives_a_pipe_nothing(fleet):
    done = follow(fleet, "true")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_result_that_the_log_has_not_shown_is_printed(fleet):
    done = fleet.run("submit", "--label", "dev-echo", "--param", "text=1", "--wait")
    assert json.loads(done.stdout) == {"text": "1"}


def test_json_is_the_task_alone_with_its_whole_result(fleet):
    done = follow(fleet, "echo hello", "--json")
    assert json.loads(done.stdout)["result"] == {"exit_code": 0, "stdout": "hello\n"}


def test_logs_to_nowhere_are_no_traceback(fleet):
    task = fleet.submit("dev-run", command=["echo", "hello"])
    assert fleet.run("wait", task).returncode == 0
    for place, code in ((">&-", 0), (">/dev/full", 1)):
        command = f"{' '.join(YGG)} logs {task} {place}"
        done = subprocess.run(  # noqa: S602
            command, shell=True, env=fleet.environment, capture_output=True, text=True
        )
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_submit_and_retry_say_that_nobody_offers_the_label(fleet):
    first = fleet.run("submit", "--label", "dev-echo", "--on", "nowhere")
    assert NOBODY in first.stderr
    task = first.stdout.strip()
    assert fleet.run("cancel", task).returncode == 0
    again = fleet.run("retry", task)
    assert again.stderr == first.stderr
    assert len(again.stdout) == 13
    assert fleet.run("cancel", again.stdout.strip()).returncode == 0


def test_every_way_to_make_a_task_says_that_it_waits_for_a_yes(fleet):
    first = fleet.run("submit", "--label", "dev-echo", "--approval")
    task = first.stdout.strip()
    assert f"it waits for a person's yes: ygg approve {task}\n" in first.stderr
    assert fleet.run("reject", task).returncode == 0
    again = fleet.run("retry", task)
    assert f"it waits for a person's yes: ygg approve {again.stdout.strip()}\n" in again.stderr
    bulk = fleet.run("submit", "--from", "-", input='{"label":"dev-echo","approval":true}\n' * 2)
    assert f"2 tasks wait for a person's yes: ygg approve {' '.join(bulk.stdout.split())}\n" in (
        bulk.stderr
    )


def test_wait_says_at_once_that_a_task_waits_for_a_yes(fleet):
    task = fleet.submit("dev-echo", "--approval")
    done = fleet.run("wait", task, "--timeout", "0.2s")
    assert f"ygg approve {task}" in done.stderr


def test_replay_says_what_keeps_its_tasks_from_beginning(fleet):
    task = fleet.submit("dev-echo", "--approval", fail=True)
    assert fleet.run("approve", task).returncode == 0
    assert fleet.run("wait", task).returncode == 1
    done = fleet.run("replay", "--failed", "--since", "1h", "--label", "dev-echo", "--yes")
    [new] = [line.split()[-1] for line in done.stdout.splitlines() if line.startswith(task)]
    assert f"ygg approve {new}" in done.stderr


def test_a_param_is_text_where_the_label_takes_text(fleet):
    task = fleet.run("submit", "--label", "dev-echo", "--param", "text=1").stdout.strip()
    assert fleet.json("show", task)["params"]["text"] == "1"


def test_a_list_that_was_typed_as_a_word_is_refused_with_how_to_write_it(fleet):
    done = fleet.run("submit", "--label", "dev-run", "--param", "command=ls")
    assert done.returncode == 2
    assert """hint: --param command='["ls"]'""" in done.stderr


def test_a_file_in_utf_8_may_begin_with_a_mark(fleet, tmp_path):
    (tmp_path / "tasks.jsonl").write_text('{"label":"dev-echo"}\n', encoding="utf-8-sig")
    (tmp_path / "params.json").write_text('{"text":"x"}', encoding="utf-8-sig")
    assert fleet.run("submit", "--from", str(tmp_path / "tasks.jsonl")).returncode == 0
    assert fleet.submit("dev-echo", "--params-file", str(tmp_path / "params.json"))


def test_a_dry_run_of_many_lines_judges_each_and_writes_nothing(fleet):
    lines = [
        '{"label":"dev-echo","ref":"first"}',
        '{"label":"dev-echo","after":["first"]}',
        '{"label":"dev-echo","on":"nowhere"}',
        '{"label":"dev-echo","params":{"text":7}}',
        "{bad",
        '{"label":"dev-never"}',
    ]
    before = fleet.json("list")["tasks"]
    done = fleet.run("submit", "--from", "-", "--dry-run", input="\n".join(lines))
    assert done.returncode == 2
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [
        ["queue", "1", "dev-echo", "on.nowhere"],
        ["run", "1", "dev-echo", "dev"],
        ["wait", "1", "dev-echo", "dev"],
    ]
    for line in (4, 5, 6):
        assert f"line {line}: " in done.stderr
    assert "nothing was written" in done.stderr
    good = fleet.run("submit", "--from", "-", "--dry-run", "--json", input=lines[0])
    assert json.loads(good.stdout)["tasks"][0]["tasks"] == 1
    assert good.returncode == 0
    assert fleet.json("list")["tasks"] == before


def test_executors_tell_what_each_serves_and_has(fleet):
    header, row = fleet.run("executors").stdout.splitlines()
    assert {"QUEUES", "TAGS", "LABELS"} <= set(header.split())
    assert "dev" in row.split()
    name = row.split()[0]
    assert fleet.json("executors", name)["executor"] == name
    # Not `code`: without a language model it offers nothing of that.
    assert "queues     dev git" in fleet.run("executors", name).stdout
    missing = fleet.run("executors", "nobody")
    assert missing.returncode == 3
    assert f"allowed: {name}" in missing.stderr


def test_list_takes_several_states(fleet):
    fleet.submit("dev-echo", "--approval")
    found = fleet.json("list", "--state", "waiting,failed")["tasks"]
    assert {task["state"] for task in found} <= {"waiting", "failed"}
    assert fleet.run("list", "--state", "waiting,gone").returncode == 2


def test_a_part_that_is_being_restarted_is_told_with_patience(fleet):
    pid = fleet.pid("coordinator")
    subprocess.run(("kill", "-KILL", str(pid)), check=True)
    done = eventually(lambda: (found := fleet.run("list")).returncode == 4 and found, 5)
    assert "`ygg up` runs here and restarts what died" in done.stderr
    eventually(lambda: fleet.run("list").returncode == 0)


def test_warnings_are_told_wherever_a_task_s_end_is(fleet):
    """A file that a task was to keep and did not make is one."""
    done = follow(fleet, "true", "--param", 'outputs=["nothing.txt"]')
    [told] = [line for line in done.stderr.splitlines() if line.startswith("ygg: warning: ")]
    assert "nothing.txt" in told
    assert (done.returncode, done.stdout) == (0, "")
    task = fleet.json("list", "--limit", "1")["tasks"][0]
    assert (task["warning_count"], task["after"]) == (1, [])
    for verb in (("wait",), ("wait", "--json"), ("logs", "-f")):
        assert told in fleet.run(*verb, task["id"]).stderr
    both = fleet.run("wait", task["id"], task["id"]).stderr
    assert told.replace("warning:", f"warning: {task['id']}:") in both
    assert "succeeded (1 warning)" in fleet.run("list", "--limit", "1").stdout
