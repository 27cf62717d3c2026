"""`code-test`: tests for code that has none, kept if they notice faults in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field, JsonValue

from code_agent.asking import OutOfTokens
from code_agent.checks.rules import all_of
from code_agent.params import Asked, Name
from code_agent.sampling import Tried, search
from code_agent.session import Machine, Session, in_session
from code_agent.settings import AgentSettings
from code_agent.testing.craft import PooledTests
from code_agent.testing.finishing import REQUIRED, Finished
from code_agent.testing.keeping import finish
from code_agent.testing.pool import Pool
from code_agent.testing.subject import Target
from code_agent.testing.testbed import Testbed
from code_agent.testing.wanted import chosen
from code_agent.verdict import Check, judgement
from executors.handler import Context, WorkspacePath, handler
from executors.models.asking import HALF_HOUR, Models
from executors.sources import RepositorySettings
from ygg.errors import BadInput
from ygg.task import Outcome

TESTED = "all of it"
UNDISPUTED = "no possible bug"


class ToTest(Asked):
    names: Annotated[list[Name], Field(max_length=100)] = Field(
        default=[], examples=[["area", "Queue.put"]]
    )
    """What to test; by default every function and class that is public."""
    test_name: WorkspacePath | None = Field(default=None, examples=["tests/test_shapes.py"])
    """The file to write, from `path` on; by default `test_` and the module's name, in the folder
    of tests that there is, or beside the module."""


@handler(
    "code-test",
    summary="Write tests for code, and keep those that notice faults in it.",
    untrusted=True,
    tier=2,
    limits=HALF_HOUR,
    examples=[
        {
            "code": "def clamp(number, low, high): return max(low, min(number, high))",
            "name": "clamping.py",
            "answers": 1,
        },
    ],
    commands=(
        "printf 'def area(width, height):\\n    return width * height\\n' > shapes.py"
        " && ygg submit --label code-test --file shapes.py --wait",
    ),
)
def write_tests(
    params: ToTest,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> Outcome:
    machine = Machine(models, agent, repositories)
    return in_session(params, context, machine, lambda session: _write(params, session))


@dataclass
class _Done:
    files: list[Finished] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    bugs: list[JsonValue] = field(default_factory=list)
    dropped: list[JsonValue] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    asked: int = 0
    left: dict[str, str] = field(default_factory=dict)
    """Names that have no tests still, and why."""


def _write(params: ToTest, session: Session) -> Outcome:
    wanted = chosen(session, params.names, params.test_name)
    done, number = _Done(), sum(len(names) for _, names in wanted)
    for subject, names in wanted:
        testbed = Testbed(session.work, subject)
        pools = [_ask(params, session, testbed, name, number, done) for name in names]
        _finish(session, testbed, pools, done)
        # All that was run, and not only what the checks at the end tell of.
        session.cost.checks_ran(testbed.spans)
    after = {one.testbed.subject.test_path: one.text for one in done.files if one.is_there}
    written = session.work.tree.changed(after).digest
    for check in (all_of(TESTED, number, "are tested", done.left), _undisputed(len(done.bugs))):
        done.checks.append(replace(check, of=written))
        session.note(done.checks[-1])
    required = [*REQUIRED, TESTED, UNDISPUTED]
    left: list[JsonValue] = [f"{name}: {why}" for name, why in done.left.items()]
    return session.outcome(
        judgement(done.checks, required),
        after,
        done.tried,
        tested=[one.as_data() for one in done.files],
        possible_bugs=done.bugs,
        dropped=done.dropped,
        left=left,
    )


def _ask(
    params: ToTest, session: Session, testbed: Testbed, name: str, number: int, done: _Done
) -> Pool:
    target = Target(testbed.subject, name)
    pool = Pool(testbed, target, params.seed)
    session.context.progress(done.asked / number, name)
    done.asked += 1
    try:
        _search(params, session, pool, done)
    except OutOfTokens as error:
        done.left[_of(target)] = error.reason
    except BadInput as error:
        done.left[_of(target)] = error.message
    return pool


def _search(params: ToTest, session: Session, pool: Pool, done: _Done) -> None:
    target = pool.target
    session.left_out += target.left_out
    craft = PooledTests(session, pool, params.guidance)
    found = search(session.asker, craft.question(), craft, session.plan())
    done.tried += found.tried
    if not pool.kept and not pool.spare:
        done.left[_of(target)] = found.judgement.reason


def _finish(session: Session, testbed: Testbed, pools: Sequence[Pool], done: _Done) -> None:
    for pool in pools:
        done.bugs += [one.as_data() for one in pool.possible_bugs()]
    finished = finish(testbed, pools)
    done.files.append(finished)
    # All of them: what one that fails says may be explained by another.
    for check in finished.checks() if finished.is_there else ():
        session.tell(check)
        done.checks.append(check)
    for dropped in (*(pool.dropped for pool in pools), finished.dropped):
        done.dropped += [{"test": test, "why": why} for test, why in dropped.items()]
    for name, why in finished.untested().items():
        done.left.setdefault(f"{name} of {testbed.subject.path}", why)


def _of(target: Target) -> str:
    return f"{target.name} of {target.subject.path}"


def _undisputed(bugs: int) -> Check:
    """Where a plausible test fails, the others may hold the code to its own mistake."""
    if not bugs:
        return Check(UNDISPUTED, passed=True, says="no plausible test fails on the code")
    failing = "a plausible test fails" if bugs == 1 else f"{bugs} plausible tests fail"
    return Check(UNDISPUTED, passed=None, says=f"{failing}; either the test or the code is wrong")
