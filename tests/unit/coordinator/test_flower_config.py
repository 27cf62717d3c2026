"""What Flower's pages show of a message, and of what came of its tasks."""

from types import SimpleNamespace

import pytest

from coordinator.flower_config import format_task


def shown(result, *, state="SUCCESS"):
    task = SimpleNamespace(
        name="ygg.run", kwargs="dev-run 1qf a title", state=state, result=repr(result)
    )
    found = format_task(task)
    assert found.name == "dev-run 1qf a title"
    return found.state, found.result


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("ok", "SUCCESS"),
        ("error: exit code 3", "FAILURE"),
        ("error: ok, returned: so it said", "FAILURE"),
        ("timeout: stopped at its soft limit of 5 s", "FAILURE"),
        ("lost: killed", "FAILURE"),
        ("returned: the executor is shutting down", "RETRY"),
        ("cancelled: cancelled while it ran", "REVOKED"),
        ("64 ok", "SUCCESS"),
        ("62 ok, 2 error", "FAILURE"),
        ("62 ok, 2 returned", "RETRY"),
        ("1 error, 2 returned", "FAILURE"),
        ("not run here", "IGNORED"),
    ],
)
def test_flower_shows_the_outcome_and_not_that_the_message_arrived(said, state):
    assert shown(said) == (state, said)


def test_what_was_cut_short_is_shown_as_it_came():
    task = SimpleNamespace(name="ygg.run", kwargs="", state="SUCCESS", result="'error: a long...")
    assert format_task(task).result == "'error: a long..."


def test_a_message_that_is_on_its_way_has_no_outcome():
    assert shown(None, state="STARTED") == ("STARTED", "None")
