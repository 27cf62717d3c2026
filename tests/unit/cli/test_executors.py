"""What `ygg executors` shows besides what it always shows."""

import pytest

from coordinator.api.examples import EXECUTORS
from ygg.cli.fleet import _facts, _print_all


@pytest.mark.parametrize("spooled", [0, 7])
def test_spooled_outcomes_are_shown_where_there_are_any(spooled, capsys):
    [view] = EXECUTORS
    _print_all([view, view | {"spooled": spooled}])
    header, *rows = (line.split() for line in capsys.readouterr().out.splitlines())
    assert ("SPOOLED" in header) == bool(spooled)
    if spooled:
        assert [row[header.index("SPOOLED")] for row in rows] == ["0", "7"]
    told = dict(_facts(view | {"spooled": spooled}))["spooled"]
    assert told == ("7 outcomes wait on its disk" if spooled else "")


def test_one_that_is_refused_is_shown_with_why(capsys):
    [view] = EXECUTORS
    _print_all([view, view | {"executor": "new", "state": "refused", "refused": "too new"}])
    told = capsys.readouterr()
    assert "refused" in told.out
    assert told.err == "ygg: new gets no tasks: too new\n"
    assert dict(_facts(view | {"state": "refused", "refused": "too new"}))["refused"] == "too new"
    assert dict(_facts(view | {"state": "silent", "refused": "too new"}))["refused"] == ""
