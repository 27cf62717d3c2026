"""One test that stands alone, and what it claims."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from code_agent.python.functions import dotted, without_docstring
from code_agent.python.imports import Import

_GAP = "\n\n\n"


@dataclass(frozen=True)
class OneTest:
    of: str
    """The name of what it tests."""
    function: ast.FunctionDef
    support: tuple[ast.stmt, ...] = ()
    """What else it needs of the answer: fixtures, functions, constants."""
    imports: tuple[Import, ...] = ()

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def source(self) -> str:
        """As a file of its own."""
        head = "\n".join(ast.unparse(one) for one in self.imports)
        parts = [head, *(ast.unparse(one) for one in (*self.support, self.function))]
        return _GAP.join(part for part in parts if part) + "\n"

    @property
    def mark(self) -> str:
        """The same for tests that differ in name and docstring alone."""
        bare = self.with_body(without_docstring(self.function.body)).renamed("test").function
        return "\n".join(ast.dump(one) for one in (*self.support, bare))

    def renamed(self, name: str) -> OneTest:
        return replace(self, function=_function(self.function, name, self.function.body))

    def with_body(self, body: Sequence[ast.stmt]) -> OneTest:
        return replace(self, function=_function(self.function, self.name, body))


def each_import(one: Import) -> Iterator[tuple[str, Import]]:
    for alias in one.names:
        bound = alias.asname or alias.name.partition(".")[0]
        if isinstance(one, ast.Import):
            yield bound, ast.Import([alias])
        elif alias.name != "*" and one.module != "__future__":
            yield bound, ast.ImportFrom(one.module, [alias], one.level)


def claim_at(test: OneTest, line: int) -> int | None:
    """Which statement of its body is at this line of its source, if that claims something."""
    body = written(test).body
    for place, one in enumerate(body):
        if one.lineno <= line <= (one.end_lineno or one.lineno):
            return place if is_claim(one) else None
    return None


def written(test: OneTest) -> ast.FunctionDef:
    """Its function with the lines of its source."""
    last = ast.parse(test.source).body[-1]
    assert isinstance(last, ast.FunctionDef)  # noqa: S101  it is written last
    return last


def is_claim(one: ast.stmt) -> bool:
    if isinstance(one, ast.With):
        return any(
            isinstance(item.context_expr, ast.Call)
            and dotted(item.context_expr.func).endswith("raises")
            for item in one.items
        )
    return isinstance(one, ast.Assert)


def up_to(test: OneTest, place: int) -> OneTest:
    """With that claim as its last and only one, as far as nothing hangs on those before."""
    body = test.function.body
    return test.with_body([*_quiet(body[:place]), body[place]])


def without(test: OneTest, place: int) -> OneTest | None:
    """Nothing, if it claims nothing else."""
    body = test.function.body
    left = [*body[:place], *_quiet([body[place]]), *body[place + 1 :]]
    while left and not is_claim(left[-1]):
        left.pop()
    return test.with_body(left) if left else None


def cases(test: OneTest) -> list[ast.expr] | None:
    """The values of each case of a test with one plain `parametrize`."""
    found = _parametrized(test)
    return list(found.elts) if found is not None else None


def with_cases(test: OneTest, wanted: Collection[int]) -> OneTest:
    found = _parametrized(test)
    assert found is not None  # noqa: S101  asked for by place in `cases`
    left = [one for place, one in enumerate(found.elts) if place in wanted]
    [call] = test.function.decorator_list
    assert isinstance(call, ast.Call)  # noqa: S101
    made = ast.Call(call.func, [call.args[0], ast.List(left, ast.Load())], call.keywords)
    function = _function(test.function, test.name, test.function.body)
    function.decorator_list = [made]
    return replace(test, function=function)


def _parametrized(test: OneTest) -> ast.List | ast.Tuple | None:
    match test.function.decorator_list:
        case [ast.Call(func=func, args=[_, ast.List() | ast.Tuple() as values], keywords=[])]:
            return values if dotted(func).endswith("mark.parametrize") else None
    return None


def _quiet(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Without what they claim. What a method does may matter to what follows."""
    found: list[ast.stmt] = []
    for one in body:
        if not isinstance(one, ast.Assert):
            found.append(one)
        elif any(isinstance(each, ast.Attribute) for each in ast.walk(one.test)):
            said = one.test.left if isinstance(one.test, ast.Compare) else one.test
            found.append(ast.copy_location(ast.Expr(said), one))
    return found


def _function(old: ast.FunctionDef, name: str, body: Sequence[ast.stmt]) -> ast.FunctionDef:
    # Made from all fields that this version of Python knows.
    fields = {field: getattr(old, field) for field in old._fields if hasattr(old, field)}
    made = ast.FunctionDef(**{**fields, "name": name, "body": list(body) or [ast.Pass()]})
    return ast.copy_location(made, old)
