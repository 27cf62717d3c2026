"""What tests use of a module, by all the ways in which they get at it."""

from __future__ import annotations

import pytest

from code_agent.python.names_used import names_used


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from solution import f, g as h\nh(1)\n", ("f", "g")),
        ("import solution\nassert solution.f(1)\nsolution.g\n", ("f", "g")),
        ("import solution as s\ndef test_it():\n    assert s.f(1)\n", ("f",)),
        ("def test_it():\n    import solution\n    solution.f()\n", ("f",)),
        ("import a.solution\na.solution.f()\n", ()),
        ("from solution import *\ndef test_it(n):\n    assert f(n) == len(G)\n", ("f", "G")),
        ("import importlib\nm = importlib.import_module('solution')\nm.f()\n", ("f",)),
        ("import solution\nt = solution\nassert t.f(1)\n", ("f",)),
        ("__import__('solution').f()\n", ("f",)),
        ("import solution\ngetattr(solution, 'f')(1)\n", ("f",)),
        ("import solution\nsolution.__name__\n", ()),
        ("import other\nother.f()\nfrom others import g\n", ()),
    ],
)
def test_names_of_a_module(source: str, names: tuple[str, ...]) -> None:
    assert names_used(source, "solution") == names
