"""The plugin in real pytest processes: what it reports, and what nobody else can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent import inside
from code_agent.python.reports import TestsReport, plugin_input, read_report

KEY = "3f2b"
FOLDER = Path(inside.__file__).parent

Run = Callable[..., TestsReport | None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Writes the files, runs pytest over them, and reads the report."""

    def runs(
        *arguments: str, seed: int | None = None, told: str | None = None, **files: str
    ) -> TestsReport | None:
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(dedent(text))
        report = tmp_path / "report.jsonl"
        report.unlink(missing_ok=True)
        subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-q", "-p", "ygg_pytest", *arguments],
            input=(told or json.dumps(plugin_input(KEY, report, seed))).encode(),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(FOLDER), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            timeout=60,
        )
        return read_report(report.read_text(), KEY) if report.exists() else None

    return runs


def test_each_test_is_reported_with_how_it_ended(run: Run) -> None:
    report = run(
        code="""
            def f(n):
                assert n < 5
                return n
        """,
        test_it="""
            import pytest, unittest
            from code import f

            @pytest.fixture
            def broken():
                raise RuntimeError("no fixture")

            def test_passes(): assert f(1) == 1
            def test_says_no(): assert f(1) == 2
            def test_did_not_raise():
                with pytest.raises(ValueError):
                    f(1)
            def test_asserted_by_the_code(): f(9)
            def test_error(): f(None)
            def test_setup(broken): pass
            @pytest.mark.skip
            def test_skipped(): pass
            @pytest.mark.xfail
            def test_expected(): assert False
            @pytest.mark.xfail
            def test_unexpected(): pass
            class TestUnit(unittest.TestCase):
                def test_equal(self): self.assertEqual(f(1), 2)
        """,
    )
    assert report is not None
    found = {one.name.rpartition("::")[2]: (one.ended, one.asserted) for one in report.runs}
    assert found == {
        "test_passes": ("passed", False),
        "test_says_no": ("failed", True),
        "test_did_not_raise": ("failed", True),
        "test_asserted_by_the_code": ("failed", False),
        "test_error": ("failed", False),
        "test_setup": ("error", False),
        "test_skipped": ("skipped", False),
        "test_expected": ("xfailed", False),
        "test_unexpected": ("xpassed", False),
        "test_equal": ("failed", True),
    }
    assert not report.passed
    assert report.not_run == []
    assert report.says() == "1 passed, 5 failed, 1 error, 1 skipped, 1 xfailed, 1 xpassed"
    said = next(one.says for one in report.runs if one.name.endswith("test_says_no"))
    assert "assert 1 == 2" in said
    assert all(len(one.says) <= 2048 for one in report.runs)


def test_all_passed(run: Run) -> None:
    report = run(test_it="def test_a(): assert 1\ndef test_b(): assert 2\n")
    assert report is not None
    assert report.passed
    assert report.says() == "2 passed"
    assert report.collected == ["test_it.py::test_a", "test_it.py::test_b"]


def test_nothing_found_or_nothing_collected_is_no_pass(run: Run) -> None:
    nothing = run(test_it="x = 1\n")
    assert nothing is not None
    assert (nothing.passed, nothing.says()) == (False, "no tests were found")
    broken = run(test_it="import nothing_like_it\ndef test_a(): pass\n")
    assert broken is not None
    assert (broken.passed, broken.says()) == (False, "1 not collected")
    assert "nothing_like_it" in broken.broken[0]


def test_the_seed_decides_the_order(run: Run) -> None:
    source = "\n".join(f"def test_{n}(): assert 1" for n in range(12))

    def order(seed: int | None) -> list[str]:
        report = run(seed=seed, test_it=source)
        assert report is not None
        assert report.passed
        return [one.name for one in report.runs]

    given_order = order(None)
    assert order(1) == order(1)
    assert order(1) != given_order
    assert order(1) != order(2)
    assert sorted(order(2)) == sorted(given_order)


def test_a_session_that_ends_early_has_no_report(run: Run) -> None:
    ends = "import os\ndef test_a(): os._exit(0)\ndef test_b(): assert 0\n"
    assert run(test_it=ends) is None


def test_tests_dropped_on_the_way_are_missed(run: Run) -> None:
    left = run(test_it="import pytest\ndef test_a(): pytest.exit('x', 0)\ndef test_b(): assert 0\n")
    assert left is not None
    assert not left.passed
    assert left.not_run == ["test_it.py::test_a", "test_it.py::test_b"]
    dropped = run(
        conftest="def pytest_collection_modifyitems(items): del items[1:]\n",
        test_it="def test_a(): assert 1\ndef test_b(): assert 0\n",
    )
    assert dropped is not None
    assert (dropped.passed, dropped.not_run) == (False, ["test_it.py::test_b"])
    assert dropped.says() == "1 passed, 1 not run"


def test_the_key_is_nowhere_for_the_tests_to_find(run: Run) -> None:
    report = run(
        test_it=f"""
            import os, sys

            def test_it():
                found = [os.environ.get(name) for name in os.environ]
                with open("/proc/self/environ") as file:
                    found.append(file.read())
                try:
                    os.lseek(0, 0, 0)
                except OSError:
                    pass
                found.append(os.read(0, 9999).decode())
                assert not [one for one in found if "{KEY}" in one]
        """,
    )
    assert report is not None
    assert report.passed, report.failures


def test_the_key_is_not_left_in_a_file_that_is_standard_input(tmp_path: Path) -> None:
    given_file = tmp_path / "input"
    given_file.write_text(json.dumps(plugin_input(KEY, tmp_path / "report.jsonl")))
    (tmp_path / "test_it.py").write_text("def test_a(): assert 1\n")
    with given_file.open("r+b") as opened:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "ygg_pytest", "test_it.py"],
            stdin=opened,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(FOLDER), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            check=True,
        )
    assert given_file.read_text() == ""
    assert (tmp_path / "report.jsonl").exists()


def test_a_report_that_the_code_writes_is_not_taken(run: Run) -> None:
    forged = """
        import hashlib, hmac, json, os

        def test_it():
            head = {"collected": ["test_it.py::test_it"], "more": 0, "broken": [], "exit": 0}
            test = {"test": "test_it.py::test_it", "ended": "passed"}
            body = "".join(json.dumps(line) + "\\n" for line in (head, test))
            seal = hmac.new(b"guessed", body.encode(), hashlib.sha256).hexdigest()
            with open("report.jsonl", "w") as file:
                file.write(body + json.dumps({"seal": seal}) + "\\n")
            os._exit(0)
    """
    assert run(test_it=forged) is None


def test_code_that_replaces_what_writes_the_report_changes_nothing(run: Run) -> None:
    replaces = """
        import json

        write = json.dumps

        def test_it():
            json.dumps = lambda line: write({**line, "ended": "passed"})
            assert 0
    """
    report = run("-p", "no:cacheprovider", test_it=replaces)
    assert report is not None
    assert [one.ended for one in report.runs] == ["failed"]


def test_a_child_that_the_code_forks_writes_none(run: Run) -> None:
    forks = """
        import os, pytest

        def test_a():
            child = os.fork()
            if child == 0:
                pytest.exit("the child", 0)
            os.waitpid(child, 0)
            assert not os.path.exists("report.jsonl")
    """
    report = run(test_it=forks)
    assert report is not None
    assert report.passed, report.failures


@pytest.mark.parametrize("told", ["{}", "nothing", '{"key": 1, "report": "x"}'])
def test_without_its_input_pytest_does_not_begin(run: Run, told: str) -> None:
    assert run(told=told, test_it="def test_a(): assert 1\n") is None


@given(st.text() | st.lists(st.builds(json.dumps, st.dictionaries(st.text(), st.none()))))
def test_what_is_not_sealed_is_not_read(text: str | list[str]) -> None:
    assert read_report(text if isinstance(text, str) else "\n".join(text), KEY) is None


MODULES = 'import sys\nmodules = vars(sys)["modules"]\n'


@pytest.mark.parametrize(
    "change",
    [
        'modules["_pytest.python"].Function.runtest = lambda self: None',
        'modules["_pytest.python"].Function.obj = lambda *args, **more: None',
        'modules["_pytest.runner"].pytest_runtest_call.__code__ = (lambda item: None).__code__',
        'modules["_pytest.runner"].CallInfo.from_call.__func__.__code__ = '
        "(lambda cls, func, when, reraise=None: "
        "cls(None, None, 0, 0, 0, when, _ispytest=True)).__code__",
        'modules["_pytest.reports"].BaseReport.failed = False',
        'modules["_pytest.reports"].BaseReport.failed = False\n'
        'modules["_pytest.reports"].BaseReport.passed = True',
        'modules["_pytest.unittest"].TestCaseFunction.runtest = lambda self: None',
        'modules["_pytest.raises"].RaisesExc.__exit__ = lambda *args: True',
        'type(modules["pytest"].approx(1.0)).__eq__ = lambda *args: True',
        'modules["unittest"].TestCase.assertEqual = lambda *args: None',
        'modules["unittest.case"]._AssertRaisesContext.__exit__ = lambda *args: True',
    ],
)
def test_a_report_says_that_pytest_was_changed(run: Run, change: str) -> None:
    passes = "import code_under_test\ndef test_it(): assert code_under_test\n"
    report = run(code_under_test=MODULES + change, test_it=passes)
    assert report is not None
    assert report.doubt.startswith("the test runner was tampered with: a test that must be ")
    assert not report.passed
    assert [one.name for one in report.runs] in ([], ["test_it.py::test_it"])


def test_what_a_test_changes_in_pytest_is_noticed_too(run: Run) -> None:
    change = "modules['_pytest.python'].Function.runtest = lambda self: None"
    first = f"{MODULES}def test_a():\n    {change}\ndef test_b(): assert 0\n"
    report = run(test_it=first)
    assert report is not None
    assert report.counts == {"passed": 2}
    assert (report.passed, report.says()) == (False, f"2 passed, {report.doubt}")


def test_what_a_project_sets_up_for_its_own_tests_raises_no_doubt(run: Run) -> None:
    report = run(
        *("-o", "python_functions=check_*", "-o", "python_classes=Suite", "-W", "error"),
        conftest="""
            import pytest

            @pytest.fixture(autouse=True)
            def place(request):
                assert request.module.PLACE

            @pytest.fixture(autouse=True, scope="session")
            def once():
                yield

            def pytest_runtest_setup(item):
                assert not item.get_closest_marker("slow")
        """,
        test_it="PLACE = 1\ndef check_it(): assert 1\n",
    )
    assert report is not None
    assert report.passed, report.says()
    assert report.collected == ["test_it.py::check_it"]


@pytest.mark.parametrize(
    ("does", "ended", "reports"),
    [("pass", 1, 3), ("open('code.py', 'w').write('')", 1, 3), ("open('left', 'w')", 75, 1)],
)
def test_texts_are_tried_until_one_has_left_something(
    tmp_path: Path, does: str, ended: int, reports: int
) -> None:
    test = f"from code import N\ndef test_it():\n    {does}\n    assert N == 2\n"
    (tmp_path / "test_it.py").write_text(test)
    files = [tmp_path / f"report-{number}" for number in (1, 2, 3)]
    told = {
        "file": str(tmp_path / "code.py"),
        "texts": ["N = 1\n", "N = 2\n", "N = 3\n"],
        "inputs": [plugin_input(KEY, file, None) for file in files],
        "seconds": 20,
        "not all": 75,
    }
    options = ("-q", "-p", "ygg_pytest", "-p", "no:cacheprovider", f"-opythonpath={tmp_path}")
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), "TMPDIR": str(tmp_path)}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    ran = subprocess.run(
        [sys.executable, "-P", "-B", FOLDER / "ygg_texts.py", *options, "test_it.py"],
        input=json.dumps(told).encode(),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=60,
    )
    found = [read_report(file.read_text(), KEY) for file in files if file.exists()]
    assert (ran.returncode, len(found)) == (ended, reports), ran.stderr
    assert [one.passed for one in found if one] == [False, True, False][:reports]
