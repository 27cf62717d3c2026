from hypothesis import given
from hypothesis import strategies as st

from ygg.cli.width import columns, cut, fold, shrink

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "M", "Z"]) | st.just(" "))


def test_wide_letters_count_as_two_columns():
    assert columns("日本") == 4
    assert columns("e\u0301") == 1


def test_a_cut_never_splits_a_wide_letter():
    assert cut("日本語", 4) == "日…"
    assert cut("日本語", 6) == "日本語"


@given(WORDS, st.integers(min_value=1, max_value=90))
def test_a_cut_fits(text, width):
    assert columns(cut(text, width)) <= width


def test_text_is_folded_between_words_and_a_long_word_inside():
    assert fold("a few words", 7) == ["a few", "words"]
    assert fold("/a/long/path x", 7) == ["/a/long", "/path x"]
    assert fold("", 7) == [""]


@given(WORDS, st.integers(min_value=2, max_value=90))
def test_folding_loses_no_letter_and_fits(text, width):
    parts = fold(text, width)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    assert all(columns(part) <= width for part in parts)


def test_the_widest_shrinks_first_and_none_below_its_floor():
    assert shrink({0: 10, 1: 4, 2: 9}, {0: 10, 1: 2, 2: 2}, 6) == {0: 10, 1: 3, 2: 4}
    assert shrink({0: 5}, {0: 5}, 9) == {0: 5}
