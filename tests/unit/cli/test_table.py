from ygg.cli.table import columns, cut, lines


def test_columns_are_aligned_and_numbers_set_to_the_right():
    assert lines(("NAME", "COUNT", "TITLE"), [("a", "7", "x"), ("long", "12", "")]) == [
        "NAME  COUNT  TITLE",
        "a         7  x",
        "long     12",
    ]


def test_wide_letters_count_as_two_columns():
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
    assert lines(("A", "B"), [("日本", "x"), ("abcd", "y")])[1:] == ["日本  x", "abcd  y"]


def test_the_last_column_is_cut_to_the_terminal_and_only_there():
    row = ("id", "a title that is too long for this")
    assert lines(("ID", "TITLE"), [row], width=20)[1] == "id  a title that is…"
    assert lines(("ID", "TITLE"), [row])[1] == "id  a title that is too long for this"


def test_a_cut_never_splits_a_wide_letter():
    assert cut("日本語", 4) == "日…"


def test_what_somebody_wrote_cannot_break_the_table_or_the_terminal():
    assert lines(("A",), [("one\ntwo\x1b[31m\ttab",)]) == ["A", "one two [31m tab"]


def test_an_empty_table_is_its_header():
    assert lines(("A", "B"), []) == ["A  B"]
