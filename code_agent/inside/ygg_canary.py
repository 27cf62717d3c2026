"""Tests whose end is known: `ygg_pytest` runs them beside those that somebody wants to know of.

What says in its name that it fails must fail, by each of the ways in which tests say no.
"""

from __future__ import annotations

import unittest

import pytest


def test_passes() -> None:
    assert sorted([2, 1]) == [1, 2]
    assert float("0.3") == pytest.approx(0.1 + 0.2)
    with pytest.raises(ValueError, match="invalid literal"):
        int("one")


def test_fails_by_assert() -> None:
    assert sorted([2, 1]) == [2, 1]


def test_fails_by_an_error() -> None:
    int("one")


def test_fails_by_raises() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  nothing is raised here
        int("1")


def test_fails_by_another_error() -> None:
    with pytest.raises(KeyError):
        int("one")


def test_fails_by_the_words_of_an_error() -> None:
    with pytest.raises(ValueError, match="something else"):
        int("one")


def test_fails_by_approx() -> None:
    assert float("1") == pytest.approx(2)


class TestCases(unittest.TestCase):
    def test_passes_as_unit(self) -> None:
        self.assertEqual(int("1"), 1)

    def test_fails_as_unit(self) -> None:
        self.assertEqual(int("1"), 2)

    def test_fails_as_unit_by_raises(self) -> None:
        with self.assertRaises(ValueError):
            int("1")
