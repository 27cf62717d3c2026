"""Code that newly ends the process which runs it, by whatever spelling."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.python.exits import new_exits, spoken_of


@pytest.mark.parametrize(
    "source",
    [
        "import sys\ndef f(): sys.exit()\n",
        "import sys as s\ndef f(): s.exit(0)\n",
        "from sys import exit as e\ndef f(): e()\n",
        "from sys import *\ndef f(): exit()\n",
        "def f(): raise SystemExit\n",
        "def f(): raise SystemExit(0)\n",
        "class Done(SystemExit): pass\n",
        "def f(): exit()\n",
        "def f(): (lambda: quit)()()\n",
        "def f(exit=exit): exit()\n",
        "exit = exit\ndef f(): exit()\n",
        "import builtins\ndef f(): builtins.exit()\n",
        "import builtins\ndef f(): getattr(builtins, 'quit')()\n",
        "import os\ndef f(): os._exit(0)\n",
        "import os\ndef f(): os.sys.exit()\n",
        "import random\ndef f(): random._os._exit(0)\n",
        "import os\ndef f(): os.execv('/bin/true', ['true'])\n",
        "from os import execlp\ndef f(): execlp('true', 'true')\n",
        "import sys\ns = sys\ndef f(): s.exit()\n",
        "import sys\ndef f(): getattr(sys, 'ex' + 'it')()\n",
        "import sys\ndef f(): vars(sys)['exit']()\n",
        "import sys\ndef f(): sys.__dict__['exit']()\n",
        "import sys\ndef f(): sys.exit = print\n",
        "def f(): __import__('sys').exit()\n",
        "import importlib as i\ndef f(): i.import_module('s' + 'ys').exit()\n",
        "import argparse\ndef f(): argparse.ArgumentParser().exit()\n",
        "import sys\nif __name__ == 'solution': sys.exit()\n",
        "def f(): BaseException.__subclasses__()\n",
        "import signal\ndef f(): signal.raise_signal(9)\n",
    ],
)
def test_what_ends_the_process(source: str) -> None:
    assert new_exits(source)
    assert new_exits(source, "def f(): pass\n", as_program=True)
    assert not new_exits(source, source)


@pytest.mark.parametrize(
    "source",
    [
        "def f(exit): exit()\n",
        "def exit(): pass\ndef f(): exit()\n",
        "class Maze:\n    def exit(self): return self.exit\n",
        "def f(maze): maze.exit()\nf(x).exit()\n",
        "import sys\nsys.path\nprint(1, file=sys.stderr)\nhasattr(sys, 'ps1')\n",
        "import os\nos.path.join('a')\nos.environ['EXIT'] = 'exit'\ngetattr(os, 'sep')\n",
        "def f(command): return {'exit': 1, 'quit': 2}[command]\n",
        "import importlib\ndef f(name): return importlib.import_module(f'plugins.{name}')\n",
        "__import__('math').sqrt(2)\n",
        "try: f()\nexcept (ValueError, SystemExit): pass\n",
        "cursor.execute('x')\nconnection.exec(1)\n",
        "quitting = exits = 1\n",
    ],
)
def test_what_does_not(source: str) -> None:
    assert new_exits(source) == []


def test_what_was_there_is_no_news() -> None:
    before = "import sys\ndef f(n):\n    if n:\n        sys.exit(1)\n"
    assert not new_exits(before.replace("sys.exit(1)", "raise SystemExit(1)"), before)
    more = before + "    raise SystemExit(0)\n"
    assert new_exits(more, before) == ["line 5: SystemExit ends the process"]


def test_a_program_may_end_where_nothing_imports_it() -> None:
    source = "import sys\ndef main(): return 0\nif __name__ == '__main__':\n    sys.exit(main())\n"
    assert not new_exits(source, as_program=True)
    assert new_exits(source)


def test_it_may_be_what_is_wished() -> None:
    assert spoken_of("Print the usage and exit with status 2.")
    assert spoken_of("Raise SystemExit if there are no arguments.")
    assert spoken_of("", "with pytest.raises(SystemExit) as caught:\n    main()\n")
    assert spoken_of("", "assert result.exit_code == 2\n")
    assert not spoken_of("The largest of a list.", "if largest([1]) != 1:\n    sys.exit(1)\n")
    assert not spoken_of("", "raise SystemExit(1)\n")


@given(st.text())
def test_no_text_is_a_surprise(source: str) -> None:
    with suppress(SyntaxError):
        new_exits(source, source)
