import pytest

from ygg.cli.checks import part_check


def check(name, detail, *, ok=True):
    return part_check(name, {"ok": ok, "detail": detail})


def test_sizes_are_told_in_one_unit():
    assert check("disk", "79205 MiB free").detail == "77.3 GiB free to the ledger"


@pytest.mark.parametrize("name", ["events", "threads"])
def test_a_part_that_is_well_is_told_in_plain_words(name):
    found = check(name, "all running")
    assert found.verdict == "ok"
    assert "executor" in found.detail or "coordinator" in found.detail


@pytest.mark.parametrize("name", ["broker", "database", "disk", "events", "threads", "new"])
def test_a_part_that_fails_has_a_next_step(name):
    found = check(name, "away: refused", ok=False)
    assert (found.verdict, found.detail) == ("FAIL", "away: refused")
    assert found.next


def test_a_broker_that_forgets_is_a_warning_with_the_settings_to_change():
    found = check("broker", "redis 7.2, AOF off: a restart loses its queues, noeviction")
    assert found.verdict == "warn"
    assert "appendonly yes" in found.next
