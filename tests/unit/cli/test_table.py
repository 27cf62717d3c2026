import pytest

from ygg.cli.table import lines
from ygg.cli.width import columns

HEADER = ("ID", "STATE", "LABEL", "QUEUE", "TRY", "CREATED", "TITLE")
ROW = (
    "1qfej3c5bwd1",
    "succeeded",
    "code-review-deep",
    "on.huginn",
    "1/3",
    "7m11s ago",
    "words " * 9,
)


def test_columns_are_aligned_and_numbers_set_to_the_right():
    assert lines(("NAME", "COUNT", "TITLE"), [("a", "7", "x"), ("long", "12", "")]) == [
        "NAME  COUNT  TITLE",
        "a         7  x",
        "long     12",
    ]


def test_wide_letters_keep_the_columns_aligned():
    assert lines(("A", "B"), [("日本", "x"), ("abcd", "y")])[1:] == ["日本  x", "abcd  y"]


def test_a_long_last_column_is_cut_to_the_terminal_and_only_there():
    row = ("id", "a title that is too long for this")
    assert lines(("ID", "TITLE"), [row], width=20)[1] == "id  a title that is…"
    assert lines(("ID", "TITLE"), [row])[1] == "id  a title that is too long for this"


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80, 100])
def test_no_line_is_wider_than_the_terminal_and_ids_and_states_are_whole(width):
    found = lines(HEADER, [ROW], width=width, spare=("QUEUE", "TRY", "CREATED"))
    assert all(columns(line) <= width for line in found)
    assert found[1].startswith("1qfej3c5bwd1  succeeded  ")


def test_spare_columns_go_in_order_before_anything_becomes_unreadable():
    def header(width):
        return lines(HEADER, [ROW], width=width, spare=("QUEUE", "TRY"))[0].split()

    assert header(90) == list(HEADER)
    assert "QUEUE" not in header(75)
    assert "TRY" in header(75)
    assert header(60) == ["ID", "STATE", "LABEL", "CREATED", "TITLE"]


def test_a_pipe_gets_every_column_in_full():
    assert lines(HEADER, [ROW], spare=("QUEUE", "TRY", "CREATED"))[1].split()[:5] == [*ROW[:5]]


def test_a_column_named_whole_is_never_cut():
    row = ("a-rather-long-label-name", "a summary")
    found = lines(("LABEL", "SUMMARY"), [row], width=30, whole=("LABEL",))
    assert found[1] == "a-rather-long-label-name  a s…"


def test_a_folded_last_column_goes_on_below_itself():
    rows = [("command", "The program and its arguments."), ("cwd", "A folder.")]
    assert lines(("NAME", "MEANING"), rows, width=25, folded=True) == [
        "NAME     MEANING",
        "command  The program and",
        "         its arguments.",
        "cwd      A folder.",
    ]


def test_what_somebody_wrote_cannot_break_the_table_or_the_terminal():
    assert lines(("A",), [("one\ntwo\x1b[31m\ttab",)]) == ["A", "one two [31m tab"]


def test_an_empty_table_is_its_header():
    assert lines(("A", "B"), []) == ["A  B"]
