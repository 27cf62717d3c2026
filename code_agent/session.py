"""One code task: what it works on, whom it asks, what it has checked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from code_agent.asking import Asker
from code_agent.branch import Message, commit
from code_agent.change import FileChange, changes_of, diff_of, is_inline
from code_agent.cost import Cost
from code_agent.params import CodeTask, tier_of
from code_agent.sampling import Plan, Tried
from code_agent.settings import AgentSettings
from code_agent.telemetry import FILE, Telemetry
from code_agent.verdict import Check, Judgement, judgement
from code_agent.work import MOST_FILES, Work, Worth, empty, open_work
from executors.handler import Context
from executors.models.asking import Models, asked
from executors.sources import RepositorySettings
from ygg.code_results import PATCH, content_name
from ygg.models.port import Model
from ygg.task import Ending, Outcome, Verdict

INLINE_TOTAL_BYTES = 512 * 1024


@dataclass(frozen=True)
class Machine:
    """What the machine's settings say to a code task."""

    models: Models
    agent: AgentSettings
    repositories: RepositorySettings


@dataclass
class Session:
    params: CodeTask
    context: Context
    machine: Machine
    work: Work
    asker: Asker
    cost: Cost
    telemetry: Telemetry
    left_out: list[str] = field(default_factory=list)
    """What the model was not shown, for want of room."""
    can_embed: bool = True
    """As far as is known: the server has not refused to make vectors."""

    def chosen(
        self, worth: Worth, linted: tuple[str, ...] = (), most: int = MOST_FILES
    ) -> list[str]:
        """The files to work on; what else there is of a repository is told."""
        found = self.work.chosen(worth, linted, most)
        self.left_out += found.left_out
        return list(found.files)

    def plan(self, best: Verdict = Verdict.VERIFIED) -> Plan:
        agent = self.machine.agent
        answers = agent.answers if self.params.answers is None else self.params.answers
        return Plan(
            answers=min(answers, agent.answers),
            at_a_time=agent.answers_at_a_time,
            seed=self.params.seed,
            best=best,
        )

    def judged(
        self,
        checks: Iterable[Check],
        required: Sequence[str],
        after: Mapping[str, str] | None = None,
    ) -> Judgement:
        """One check after the other, until one does not pass. Those that do not say on what they
        ran looked at all files, as they are `after`."""
        of = self.work.tree.changed(after or {}).digest
        done = []
        for one in checks:
            check = one if one.of else replace(one, of=of)
            self.note(check)
            done.append(check)
            if check.passed is False:
                break
        return judgement(done, required)

    def note(self, check: Check) -> None:
        self.cost.checks_ran([(check.ended - check.seconds, check.ended)])
        self.tell(check)

    def tell(self, check: Check) -> None:
        self.telemetry.write("check", **check.as_data())
        self.context.log(f"check {check.name}: {_PASSED[check.passed]} {check.says}".rstrip())

    def outcome(
        self,
        judged: Judgement,
        after: Mapping[str, str | None],
        tried: Sequence[Tried] = (),
        **more: JsonValue,
    ) -> Outcome:
        """What the task answers: the change, and how far it is to be believed."""
        before = {path: self.work.text(path) for path in after if self.work.has(path)}
        changes = changes_of(before, after)
        empty(self.context.workspace)
        told = self._told_changes(changes)
        branch = self._branch(judged, changes)
        model = self.cost.model
        result: dict[str, JsonValue] = {
            "verdict": judged.verdict.value,
            "reason": judged.reason,
            "checks": [one.as_data() for one in judged.checks],
            **told,
            "branch": branch,
            "model": {"name": model.name, "digest": model.digest} if model else None,
            "prompts": dict(self.asker.prompts),
            "tries": [one.as_data() for one in tried],
            "left_out": list(dict.fromkeys(self.left_out)),
            **more,
            "cost": self.cost.as_data(),
        }
        self.telemetry.write("verdict", verdict=judged.verdict.value, **self.cost.as_data())
        return Outcome(
            ending=Ending.OK,
            verdict=judged.verdict,
            reason=judged.reason,
            result=result,
            tier=tier_of(self.params),
        )

    def _told_changes(self, changes: Sequence[FileChange]) -> dict[str, JsonValue]:
        """What is too large to be told is kept as an artifact."""
        diff = diff_of(tuple(changes))
        told = [change.as_data() for change in changes]
        if sum(len((change.after or "").encode()) for change in changes) > INLINE_TOTAL_BYTES:
            told = [one | {"content": None} for one in told]
        for change, one in zip(changes, told, strict=True):
            if one["content"] is None and change.after is not None:
                self._keep(content_name(change.path), change.after)
        if not is_inline(diff):
            self._keep(PATCH, diff)
        return {"changes": list[JsonValue](told), "diff": diff if is_inline(diff) else None}

    def _branch(
        self, judged: Judgement, changes: Sequence[FileChange]
    ) -> dict[str, JsonValue] | None:
        if self.params.repo is None or not changes or judged.verdict is Verdict.REFUTED:
            return None
        model = self.cost.model
        message = Message(
            subject=f"{self.context.label}: {', '.join(change.path for change in changes)}",
            task_id=self.context.task_id,
            verdict=judged.verdict,
            model=f"{model.name} {model.digest}" if model else "",
        )
        after = {change.path: change.after for change in changes}
        repo, repositories = self.params.repo, self.machine.repositories
        return commit(self.work, repo, after, message, repositories, push=self.params.push)

    def _keep(self, path: str, text: str) -> None:
        file = self.context.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        self.context.artifact(path)


_PASSED = {True: "passed", False: "did not pass:", None: "is open:"}


def in_session(
    params: CodeTask, context: Context, machine: Machine, do: Callable[[Session], Outcome]
) -> Outcome:
    """Do it with a model at hand; without one the task goes back."""
    telemetry = Telemetry(context.cache / FILE, context.task_id, context.label)
    work = open_work(params, context, machine.repositories, machine.agent.check_seconds)

    def with_model(model: Model) -> Outcome:
        cost = Cost()
        asker = Asker(
            model,
            cost,
            telemetry,
            name=params.model,
            answer_tokens=machine.agent.answer_tokens,
            task_tokens=machine.agent.task_tokens,
        )
        return do(Session(params, context, machine, work, asker, cost, telemetry))

    return asked(machine.models, with_model)
