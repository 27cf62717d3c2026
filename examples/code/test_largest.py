"""What `code-generate` is held against in scripts/quickstart. Half of it the model never sees."""

from solution import largest


def test_the_largest_of_several():
    assert largest([3, 9, 4]) == 9


def test_of_one():
    assert largest([7]) == 7


def test_of_numbers_below_zero():
    assert largest([-5, -2, -9]) == -2


def test_of_none():
    assert largest([]) is None
