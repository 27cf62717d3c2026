"""What a person types, against one real embedded fleet."""

import hashlib
import json
import os
import subprocess

import pytest

from tests.embedded import YGG, eventually

pytestmark = pytest.mark.timeout(240)


def run_shell(fleet, script, *arguments):
    params = f"command={json.dumps(['sh', '-c', script])}"
    return fleet.run("submit", "--label", "dev-run", "--param", params, *arguments)


def stored(fleet, content):
    digest = hashlib.sha256(content).hexdigest()
    return list(fleet.data_dir.glob(f"blobs/**/{digest}"))


def test_without_wait_only_the_id_is_on_stdout(fleet):
    done = fleet.run("submit", "--label", "dev-echo")
    assert done.returncode == 0
    assert len(done.stdout) == 13
    assert fleet.run("wait", done.stdout.strip().upper()).returncode == 0


def test_wait_gives_each_stream_of_the_task_as_if_it_ran_here(fleet):
    done = run_shell(fleet, "echo to stdout; echo to stderr >&2", "--wait")
    assert done.returncode == 0
    assert done.stdout == "to stdout\n"
    assert "to stderr\n" in done.stderr


def test_wait_in_json_keeps_the_log_off_stdout(fleet):
    done = run_shell(fleet, "echo hello", "--wait", "--json")
    assert json.loads(done.stdout)["state"] == "succeeded"
    assert "hello" in done.stderr


def test_a_task_that_fails_exits_1_with_the_next_command(fleet):
    done = run_shell(fleet, "echo no such thing >&2; exit 3", "--wait")
    assert done.returncode == 1
    assert "exit code 3" in done.stderr
    assert "ygg show" in done.stderr


def test_wait_gives_up_in_time(fleet):
    done = run_shell(fleet, "sleep 60", "--wait", "--timeout", "1s")
    assert done.returncode == 1
    assert "is still" in done.stderr
    task = fleet.json("list", "--limit", "1")["tasks"][0]["id"]
    assert fleet.run("cancel", task).returncode == 0
    done = fleet.run("wait", task)
    assert done.returncode == 1
    assert "cancelled" in done.stdout


def test_files_go_in_and_come_out(fleet, tmp_path):
    (tmp_path / "small").write_text("b\na\n")
    (tmp_path / "large").write_bytes(os.urandom(200_000))
    task = fleet.submit(
        "dev-run",
        f"--file={tmp_path / 'small'}=in/words",
        f"--file={tmp_path / 'large'}",
        command=["sh", "-c", "sort in/words > sorted; cp large out.bin"],
        outputs=["sorted", "out.bin"],
    )
    assert fleet.run("wait", task).returncode == 0
    assert fleet.run("artifact", task, "sorted").stdout == "a\nb\n"
    assert fleet.run("artifact", task, "out.bin", "-o", str(tmp_path / "back")).returncode == 0
    digests = {
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("large", "back")
    }
    assert len(digests) == 1
    assert stored(fleet, (tmp_path / "large").read_bytes())
    missing = fleet.run("artifact", task, "nothing")
    assert missing.returncode == 3
    assert "allowed: " in missing.stderr


def test_a_dry_run_answers_and_writes_nothing(fleet, tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    before = fleet.json("list")["tasks"]
    told = fleet.json(
        *("submit", "--label", "dev-run", "--dry-run", "--file", str(tmp_path / "large")),
        '--param=command=["true"]',
    )
    assert (told["would"], told["queue"]) == ("run", "dev")
    assert fleet.json("list")["tasks"] == before
    assert not stored(fleet, b"x" * 100_000)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--label", "dev-rnu"), "dev-run"),
        (("--label", "nothing-here"), "dev-"),
        (("--label", "dev-run", "--param", "command=7"), "params.command"),
        (("--label", "dev-run", "--param", "comand=[]"), "comand"),
        (("--label", "dev-echo", "--title", "x" * 300), "title"),
        (("--label", "dev-echo", "--on", "Not A Machine"), "on"),
        (("--label", "dev-echo", "--key", ""), "key"),
        (("--label", "dev-echo", "--param", "text=@big"), "params"),
        (("--label", "dev-rnu", "--file", "big"), "dev-run"),
    ],
)
def test_a_refused_task_exits_2_and_leaves_nothing(fleet, arguments, says):
    (fleet.data_dir / "big").write_text("x" * 300_000)
    before = fleet.json("list")["tasks"]
    done = fleet.run("submit", *arguments)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert done.stdout == ""
    assert fleet.json("list")["tasks"] == before
    assert not stored(fleet, (fleet.data_dir / "big").read_bytes())


def test_an_idempotency_key_makes_one_task(fleet):
    first = fleet.submit("dev-echo", "--idempotency-key", "grüße", text="a")
    assert fleet.submit("dev-echo", "--idempotency-key", "grüße", text="a") == first
    other = fleet.run(
        *("submit", "--label", "dev-echo", "--idempotency-key", "grüße", "--param", "text=b")
    )
    assert other.returncode == 2


def test_bulk_prints_ids_and_is_all_or_nothing(fleet):
    good = '{"label":"dev-echo","params":{"text":"x"}}\n' * 3
    done = fleet.run("submit", "--from", "-", input=good)
    assert done.returncode == 0
    assert len(done.stdout.split()) == 3

    before = fleet.json("list")["tasks"]
    mixed = good + '{"label":"nothing-here"}\n{bad\n'
    done = fleet.run("submit", "--from", "-", input=mixed)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "line 4: " in done.stderr
    assert "line 5: " in done.stderr
    assert "--partial" in done.stderr
    assert fleet.json("list")["tasks"] == before

    done = fleet.run("submit", "--from", "-", "--partial", input=mixed)
    assert done.returncode == 2
    assert len(done.stdout.split()) == 3


def test_what_waits_for_a_yes_is_approved_or_rejected(fleet):
    wanted, unwanted = (fleet.submit("dev-echo", "--approval", text="x") for _ in range(2))
    assert "ygg approve" in fleet.run("show", wanted).stdout
    assert fleet.run("approve", wanted, "--note", "fine").returncode == 0
    assert fleet.run("reject", unwanted).returncode == 0
    assert fleet.run("wait", wanted).returncode == 0
    assert fleet.run("wait", unwanted).returncode == 1
    assert "fine" in fleet.run("show", wanted).stdout


def test_show_has_every_attempt_and_logs_come_again(fleet):
    done = run_shell(fleet, "echo hello; exit 1")
    task = done.stdout.strip()
    assert fleet.run("wait", task).returncode == 1
    assert fleet.run("logs", task).stdout == "hello\n"
    assert fleet.run("logs", task, "-f").stdout == "hello\n"
    shown = fleet.run("show", task).stdout
    assert "ATTEMPT" in shown
    assert f"ygg retry {task}" in shown
    again = fleet.run("retry", task).stdout.strip()
    assert fleet.json("show", again)["retry_of"] == task


def test_replay_says_first_and_needs_a_yes(fleet):
    task = fleet.submit("dev-echo", fail=True)
    assert fleet.run("wait", task).returncode == 1
    told = fleet.run("replay", "--failed", "--since", "1h", "--label", "dev-echo", "--dry-run")
    assert task in told.stdout.split()
    assert fleet.run("replay", "--failed", "--since", "1h").returncode == 2
    done = fleet.run("replay", "--failed", "--since", "1h", "--label", "dev-echo", "--yes")
    assert f"{task} -> " in done.stdout
    told = fleet.run("replay", "--failed", "--since", "1h", "--label", "dev-echo", "--dry-run")
    assert task not in told.stdout.split()


def test_labels_tell_params_and_an_example_that_works(fleet):
    shown = fleet.run("labels", "show", "dev-run").stdout
    assert "command" in shown
    example = next(line for line in shown.splitlines() if line.startswith("  ygg submit"))
    command = example.replace("ygg ", " ".join(YGG) + " ", 1)
    done = subprocess.run(command, shell=True, env=fleet.environment, capture_output=True)  # noqa: S602
    assert done.returncode == 0, done.stderr
    assert fleet.run("labels", "show", "dev-rum").returncode == 3
    assert "hint: ygg labels show dev-run" in fleet.run("labels", "dev-run").stderr
    assert fleet.json("labels", "show", "dev-run") in fleet.json("labels")
    assert json.loads(fleet.run("labels", "--json", "show", "dev-run").stdout)["commands"] == []


def test_a_shorthand_is_the_param_of_its_name(fleet):
    done = fleet.run("submit", "--label", "dev-echo", "--repo", "https://example.org/a.git")
    assert done.returncode == 2
    assert "dev-echo has no param 'repo'" in done.stderr
    assert "field: --repo" in done.stderr
    done = fleet.run("submit", "--label", "dev-echo", "--path", "a", "--param", "path=b")
    assert "param 'path' is given twice" in done.stderr


def test_the_fleet_can_be_looked_at(fleet):
    assert {view["queue"] for view in fleet.json("queues")} >= {"dev", "code"}
    [executor] = fleet.json("executors")
    assert (executor["state"], executor["concurrency"]) == ("alive", 2)
    assert {check["verdict"] for check in fleet.json("doctor")} <= {"ok", "warn"}
    assert fleet.json("version")["coordinator"] is not None
    for verb in ("list", "queues", "executors", "labels", "doctor"):
        assert fleet.run(verb).returncode == 0


def test_list_filters_and_pages(fleet):
    fleet.submit("dev-echo", "--title", "a needle 🪡 in hay")
    found = fleet.json("list", "--search", "needle")
    assert [task["title"] for task in found["tasks"]] == ["a needle 🪡 in hay"]
    page = fleet.json("list", "--limit", "2")
    following = fleet.json("list", "--limit", "2", "--cursor", page["next"])
    ids = [task["id"] for task in page["tasks"] + following["tasks"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4


def test_tokens_allow_what_their_role_says(fleet):
    made = fleet.run("token", "create", "viewer-1", "--role", "viewer").stdout.strip()
    as_viewer = {"YGG_TOKEN": made}
    assert fleet.run("list", environment=as_viewer).returncode == 0
    done = fleet.run("submit", "--label", "dev-echo", environment=as_viewer)
    assert done.returncode == 5
    assert "submitter or above" in done.stderr
    assert fleet.run("token", "revoke", "viewer-1").returncode == 0
    eventually(lambda: fleet.run("list", environment=as_viewer).returncode == 5)
    assert fleet.run("token", "revoke", "nobody").returncode == 3


def test_a_shell_completes_labels_and_ids(fleet):
    task = fleet.submit("dev-echo", "--title", "for completion")

    def completions(line, place):
        asked = {"_YGG_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(place)}
        return fleet.run(environment=asked).stdout

    assert "dev-echo" in completions("ygg submit --label dev-", 3)
    assert "dev-echo" in completions("ygg labels show dev-", 3)
    assert completions("ygg labels sh", 2) == "plain,show\n"
    assert task in completions("ygg show ", 2)
    assert completions("ygg sub", 1) == "plain,submit\n"
