"""`code-fix` on projects that are not Python, and on checks that are no tests, with real tools."""

from __future__ import annotations

from typing import Any

import pytest

from code_agent.handlers.code_fix import fix
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.integration.executors.projects import require
from ygg.task import Verdict

NODE = {
    "package.json": '{"name": "sums", "scripts": {"test": "node --test"}}',
    "sums.js": (
        "class Counter {\n  constructor() {\n    this.n = 0;\n  }\n\n"
        "  more(by) {\n    this.n -= by;\n    return this.n;\n  }\n}\n\n"
        "const add = (a, b) => {\n  return a - b;\n};\n\nmodule.exports = { Counter, add };\n"
    ),
    "sums.test.js": (
        "const test = require('node:test'); const assert = require('assert');\n"
        "const { Counter, add } = require('./sums');\n"
        "test('zero', () => assert.equal(add(0, 0), 0));\n"
        "test('adds', () => assert.equal(add(5, 3), 8));\n"
        "test('counts', () => {\n  const c = new Counter();\n  assert.equal(c.more(4), 4);\n});\n"
    ),
}
GO = {
    "go.mod": "module sums\n\ngo 1.21\n",
    "sums.go": (
        "package sums\n\n// Add adds.\nfunc Add(a, b int) int {\n\treturn a - b\n}\n\n"
        "func Half(n int) int {\n\treturn n / 2\n}\n"
    ),
    "sums_test.go": (
        'package sums\n\nimport "testing"\n\n'
        "func TestAdd(t *testing.T) {\n\tif got := Add(5, 3); got != 8 {\n"
        '\t\tt.Errorf("got %d", got)\n\t}\n\tif Add(1, 1) != 2 {\n\t\tt.Fatal()\n\t}\n}\n\n'
        "func TestHalf(t *testing.T) {\n\tif Half(4) != 2 {\n\t\tt.Fatal()\n\t}\n}\n"
    ),
}
CARGO = {
    "Cargo.toml": '[package]\nname = "sums"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": (
        "pub fn add(a: i32, b: i32) -> i32 {\n    a - b\n}\n\n"
        "#[cfg(test)]\nmod tests {\n    use super::*;\n\n"
        "    #[test]\n    fn adds() {\n        assert_eq!(add(5, 3), 8);\n"
        "        assert_eq!(add(1, 1), 2);\n    }\n}\n"
    ),
}
SUMS = {
    "sums.py": "def add(a, b):\n    return a - b\n",
    "test_sums.py": (
        "from sums import add\n\ndef test_add():\n    assert add(2, 3) == 5\n"
        "    assert add(1, 1) == 2\n"
    ),
}
RIGHT = block("def add(a, b):\n    return a + b")


def text(ended: Any, path: str) -> str:
    return next(one["content"] for one in ended.result["changes"] if one["path"] == path)


def test_npm_with_node(code: CodeTasks) -> None:
    require("npm", "install Node.js")

    def script(asked: Any) -> str:
        if "`add`" in asked.whole:
            return block("const add = (a, b) => {\n  return a + b;\n};", "javascript")
        return block("more(by) {\n  this.n += by;\n  return this.n;\n}", "js")

    ended = code.run(fix, {}, script, files=NODE)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert text(ended, "sums.js") == NODE["sums.js"].replace("a - b", "a + b").replace("-=", "+=")
    assert len(ended.result["rounds"]) == 2  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.few(2)
@pytest.mark.parametrize(
    "answer",
    [
        "const add = (a, b) => {\n  process.exit(0);\n};",
        "const add = (a, b) => {\n  if (a === 5) return 8;\n  return 0;\n};",
        "const add = (a, b) => {\n  // ... rest unchanged\n};",
        "const add = (a, b) => {\n  return a + b;\n",
        "const other = (a, b) => a + b;",
        "const add = (a, b) => a + b;\nrequire('fs').unlinkSync('sums.test.js');",
    ],
)
def test_javascript_that_is_not_believed(code: CodeTasks, answer: str) -> None:
    require("npm", "install Node.js")
    params = {"answers": 1, "most_rounds": 1}
    ended = code.run(fix, params, lambda asked: block(answer, "javascript"), files=NODE)
    assert ended.outcome.verdict is Verdict.REFUTED, ended.log
    assert ended.result["changes"] == []


ONE_VALUE = "if (add(2, 3) !== 5) { console.error('add is wrong: add.js:1'); process.exit(1) }\n"


@pytest.mark.slow
@pytest.mark.parametrize("value", ["5", "a + 3"])
def test_javascript_that_has_no_use_for_what_it_is_given(code: CodeTasks, value: str) -> None:
    require("node", "install Node.js")
    files = {
        "add.js": "function add(a, b) { return a - b }\nmodule.exports = { add }\n",
        "check.js": f"const {{ add }} = require('./add.js')\n{ONE_VALUE}",
    }
    answer = block(f"function add(a, b) {{ return {value} }}", "javascript")
    ended = code.run(fix, {"check": [["node", "check.js"]]}, lambda asked: answer, files=files)
    assert ended.outcome.verdict is Verdict.UNVERIFIED, ended.log
    assert "any more" in ended.outcome.reason


@pytest.mark.slow
def test_a_test_that_a_constant_passes_verifies_nothing(code: CodeTasks) -> None:
    require("npm", "install Node.js")
    test = "const test = require('node:test'); const assert = require('assert');\n"
    test += "const { add } = require('./sums');\n"
    test += "test('adds', () => assert.equal(add(5, 3), 8));\n"
    answer = block("const add = (a, b) => {\n  return a + b;\n};", "javascript")
    ended = code.run(fix, {}, lambda asked: answer, files=NODE | {"sums.test.js": test})
    assert ended.outcome.verdict is Verdict.UNVERIFIED, ended.log
    assert "always gives back 8 passes all tests, too" in ended.outcome.reason


@pytest.mark.slow
def test_go(code: CodeTasks) -> None:
    require("go", "install Go")
    answer = block("func Add(a, b int) int {\n\treturn a + b\n}", "go")
    params = {"env": {"CGO_ENABLED": "0"}}
    ended = code.run(fix, params, [answer], files=GO)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert text(ended, "sums.go") == GO["sums.go"].replace("a - b", "a + b")


@pytest.mark.slow
def test_cargo(code: CodeTasks) -> None:
    require("cargo", "install Rust")
    answer = block("pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}", "rust")
    ended = code.run(fix, {}, [answer], files=CARGO)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert text(ended, "src/lib.rs") == CARGO["src/lib.rs"].replace("a - b", "a + b")
    assert ended.result["rounds"][0]["function"] == "src/lib.rs: add"  # type: ignore[index,call-overload]


@pytest.mark.slow
def test_own_command_lines_must_all_be_green(code: CodeTasks) -> None:
    check = [["python3", "-m", "pytest", "-q"], ["sh", "-c", "grep -q 'a + b' sums.py"]]
    ended = code.run(fix, {"check": check}, lambda asked: RIGHT, files=SUMS)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    check = [["python3", "-m", "pytest", "-q"], ["grep", "-q", "never there", "sums.py"]]
    ended = code.run(fix, {"check": check}, lambda asked: RIGHT, files=SUMS)
    assert ended.outcome.verdict is Verdict.REFUTED
    assert text(ended, "sums.py") == SUMS["sums.py"].replace("-", "+")


@pytest.mark.slow
def test_a_make_target_that_runs_pytest_is_read_test_by_test(code: CodeTasks) -> None:
    require("make", "apt-get install make")
    files = SUMS | {"Makefile": "check:\n\tpython3 -m pytest -q\n"}
    ended = code.run(fix, {"check": [["make", "check"]]}, lambda asked: RIGHT, files=files)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert ended.result["failing"]["before"] == ["test_sums: test_add"]  # type: ignore[index,call-overload]
