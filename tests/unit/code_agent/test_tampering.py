"""Code that reaches for its tests is told from code that does its work."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.tampering import tampering


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\ndef f():\n    os._exit(0)\n", "line 3: os._exit ends the process"),
        ("import os as o\no._exit(0)\n", "line 2: os._exit ends the process"),
        ("from os import _exit as e\ne(0)\n", "line 2: os._exit ends the process"),
        ("import os\ngetattr(os, '_exit')(0)\n", "line 2: os._exit ends the process"),
        ("import os\nos.kill(os.getpid(), 9)\n", "line 2: os.kill ends the process that runs it"),
        ("import sys\nsys.exit(0)\n", "line 2: sys.exit ends the process at import"),
        ("class A:\n    exit()\n", "line 2: exit ends the process at import"),
        ("if x:\n    raise SystemExit\n", "line 2: SystemExit ends the process at import"),
        ("try:\n    raise SystemExit(0)\nfinally: x\n", "line 2: SystemExit ends the process"),
        ("import pytest\n", "line 1: pytest imports the test runner"),
        ("from _pytest.runner import x\n", "line 1: _pytest imports the test runner"),
        ("def f():\n    from unittest import mock\n", "line 2: unittest imports the test runner"),
        ("__import__('pytest')\n", "line 1: pytest imports the test runner"),
        ("import importlib as i\ni.import_module('_pytest.x')\n", "line 2: _pytest imports"),
        ("import ctypes\n", "line 1: ctypes reaches below the interpreter"),
        ("import atexit\n", "line 1: atexit runs after all else"),
        ("import __main__\n", "line 1: __main__ imports whatever program runs it"),
        ("import sys\nif 'pytest' in sys.modules: x = 1\n", "line 2: sys.modules looks at"),
        ("from sys import modules\nmodules\n", "line 2: sys.modules looks at"),
        ("import sys\nsys.settrace(None)\n", "line 2: sys.settrace watches"),
        ("import threading\nthreading.settrace(f)\n", "line 2: threading.settrace watches"),
        ("import sys\nsys._getframe(1)\n", "line 2: sys._getframe looks at its callers"),
        ("import inspect\ninspect.stack()\n", "line 2: inspect.stack looks at its callers"),
        ("def f(x):\n    return x.f_back\n", "line 2: f_back looks at its callers"),
        ("try: x\nexcept E as e: e.__traceback__.tb_frame\n", "line 2: tb_frame looks at"),
        ("import gc\ngc.get_objects()\n", "line 2: gc.get_objects looks at objects"),
        ("f.__globals__['x'] = 1\n", "line 1: __globals__ reaches into another module"),
        ("f.__code__ = g.__code__\n", "line 1: __code__ makes another function of one"),
        ("import builtins\nbuiltins.len = f\n", "line 2: builtins.len is changed for all"),
        ("import builtins\nsetattr(builtins, 'len', f)\n", "line 2: builtins.len is changed"),
        ("__builtins__['len'] = f\n", "line 1: __builtins__ reaches for the builtins"),
        ("import math as m\nm.isclose = f\n", "line 2: math.isclose is changed for all"),
        ("import os.path\ndel os.path.join\n", "line 2: os.path.join is changed for all"),
        ("globals()['f'] = g\n", "line 1: globals() changes or looks up names by text"),
        ("exec('x = 1')\n", "line 1: exec() runs text as code"),
        ("open('test_a.py').read()\n", "line 1: open('test_a.py') reads tests"),
        ("open('test_').read()\n", "line 1: open('test_') reads tests"),
        ("Path('tests/test_a.py').read_text()\n", "line 1: Path('tests/test_a.py') reads tests"),
        ("x.joinpath('conftest.py')\n", "line 1: joinpath('conftest.py') reads tests"),
        ("open(__file__)\n", "line 1: __file__ looks for the files around it"),
        ("os.environ.get('PYTEST_CURRENT_TEST')\n", "line 1: 'PYTEST_CURRENT_TEST' asks"),
        ("object.__subclasses__()\n", "line 1: object.__subclasses__ looks at classes"),
        ("class A:\n    def __eq__(self, o): return True\n", "line 2: A.__eq__ is always True"),
        ("class A:\n    def __eq__(self, o):\n        if o: return True\n        return True\n",
            "A.__eq__ is always True"),
        ("class A:\n    __eq__ = lambda self, o: True\n", "line 2: A.__eq__ is always True"),
        ("class A:\n    def __ne__(self, o): return False\n", "A.__ne__ is always False"),
        ("class A(type):\n    def __instancecheck__(self, o): return True\n", "is always True"),
        ("class A(int):\n    def __eq__(self, o): return f(o)\n", "A.__eq__ changes how a int"),
        ("class A(str):\n    def __lt__(self, o): return f(o)\n", "A.__lt__ changes how a str"),
    ],
)  # fmt: skip
def test_what_reaches_for_more_than_the_work(source: str, found: str) -> None:
    told = tampering(source)
    assert len(told) == 1
    assert found in told[0]
    assert tampering(source, original=source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import sys\ndef main(): sys.exit(1)\nif __name__ == '__main__':\n    sys.exit(main())\n",
        "import argparse\ndef main():\n    raise SystemExit(argparse.ArgumentParser())\n",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n"
        "    def __eq__(self, o): return isinstance(o, A) and self.x == o.x\n",
        "class A:\n    def __eq__(self, o):\n        if o: return True\n        return False\n",
        "class A:\n    def __bool__(self): return True\n",
        "class A(dict):\n    def __missing__(self, key): return key\n",
        "import threading, inspect, gc\ngc.collect()\ninspect.signature(f)\nthreading.Thread()\n",
        "import subprocess, signal, os\nos.kill(pid, signal.SIGTERM)\nos.environ['X'] = '1'\n",
        "import openai\nopenai.api_key = 'x'\n",
        "import sys\nsys.stdout.write('x')\nsys.path.insert(0, 'x')\nsys.setrecursionlimit(9)\n",
        "import sys\ninput = sys.stdin.readline\n",
        "import doctest\nif __name__ == '__main__': doctest.testmod()\n",
        "open('test_data.csv')\nopen('contest.txt')\nopen('latest/a.txt')\n",
        "'tests/test_a.py'\nprint('test_')\n",
        "import decimal\ndecimal.getcontext().prec = 50\n",
        "self.modules = 1\nself.exit()\nx.exit()\n",
        "import re\nre.compile('x').exec\nimport ast\nast.literal_eval('1')\n",
        "n = f.__code__.co_argcount\n",
        "from .pytest import x\n",
        "def eval_all(): return eval_one()\n",
        "import logging\nlogging.getLogger().propagate = False\n",
    ],
)
def test_plain_code_is_let_through(source: str) -> None:
    assert tampering(source) == []


def test_each_is_told_by_its_line() -> None:
    source = "import os, pytest\nos._exit(1)\nos._exit(2)\n"
    assert tampering(source) == [
        "line 1: pytest imports the test runner",
        "line 2: os._exit ends the process",
        "line 3: os._exit ends the process",
    ]


def test_what_the_original_does_as_often_is_no_news() -> None:
    source = "import os\nos._exit(1)\n"
    assert tampering(source + "os._exit(2)\n", source) == ["line 3: os._exit ends the process"]


def test_tests_may_import_what_tests_need() -> None:
    source = "import pytest\nfrom unittest.mock import Mock\n"
    assert tampering(source, allowed=["pytest", "unittest"]) == []


PLAIN = ("ygg/ids.py", "executors/planning/order.py", "code_agent/fences.py", "ygg/errors.py")


@pytest.mark.parametrize("path", PLAIN)
def test_nothing_is_wrong_with_our_own_plain_files(path: str) -> None:
    assert tampering(Path(path).read_text()) == []


@given(st.text())
def test_no_text_is_a_surprise(source: str) -> None:
    with suppress(SyntaxError):
        tampering(source, source)
