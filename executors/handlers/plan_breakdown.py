"""`plan-breakdown`: a language model turns a goal into tasks; what does not hold is not a plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import Field, JsonValue, ValidationError

from executors.handler import Context, Failed, Params, handler
from executors.models.asking import MaybeModel, Models, asked, file_text, with_room
from executors.offers import installed_handlers
from executors.planning.breakdown import (
    LISTED,
    OUTLINE,
    Draft,
    Known,
    first_of,
    in_full,
    in_short,
    line_of,
    line_trouble,
    outline_schema,
    told,
    troubles_of,
)
from ygg.errors import BadInput, YggError
from ygg.labels import LABEL_LENGTH
from ygg.models.json_answers import Form
from ygg.models.port import Chat, Message, Model, Options, Reply
from ygg.task import Limits, Outcome

LABELS_FILE = "labels.json"
TASKS_FILE = "tasks.jsonl"
ANSWER_LENGTH = 4000
REPEATED = 1000
"""So much of an answer that would not do is shown to the model again."""
AGAIN_TEMPERATURES = (0, 0.6, 0.8, 1.0)
"""Where the most likely answer would not do, another is wanted, and then one still less alike."""
OWN = "plan-"

Found = TypeVar("Found")

LabelName = Annotated[
    str,
    Field(
        max_length=LABEL_LENGTH,
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$",
        json_schema_extra={"x-allowed": "a label: dev-run"},
    ),
]

STEPS = """You plan work for a job queue. You are given a goal and the kinds of task there are.
Answer with the few steps that reach the goal, in an order in which they can be done, as a JSON
object: {"step1": {"title": …, "label": …}, "step2": {"title": …, "label": …, "after": ["step1"]}}.
The label is the kind of the task, and no other than those given. `after` names the steps that must
be done before."""

PARAMS = """You fill in one task of a plan. Answer with its params as a JSON object, and leave out
what needs not be given."""


class Breakdown(Params):
    goal: str = Field(
        min_length=1,
        max_length=8000,
        pattern=r"\S",
        examples=["Say hello, and then goodbye."],
        json_schema_extra={"x-allowed": "text that is more than blanks"},
    )
    """What is to be reached, with all that must be known for it."""
    labels: list[LabelName] = Field(default=[], max_length=100, examples=[["dev-run", "git-log"]])
    """The kinds of task that may be used. By default those of an input file labels.json, as
    `ygg labels --json` prints what a fleet offers; without it, all that are installed here."""
    most: int = Field(default=8, ge=1, le=30)
    """So many tasks at most."""
    tries: int = Field(default=3, ge=1, le=10)
    """How often the model may answer until its plan, or the params of a task, hold."""
    model: MaybeModel = ""
    """By default the one that the machine's settings name."""
    max_tokens: int = Field(default=2048, ge=64, le=32_768)
    """One answer is cut off there."""
    seed: int | None = Field(default=None, ge=0, lt=2**31)
    """The same seed, model and goal give the same plan, as far as the server keeps to it."""


@handler(
    "plan-breakdown",
    summary="Break a goal down into tasks that can be submitted, with a language model.",
    limits=Limits(soft_seconds=1800, hard_seconds=1830),
    examples=[
        {
            "goal": "Tell which models there are, and then which of them are in memory.",
            "labels": ["ollama-list", "ollama-ps"],
            "most": 2,
            "max_tokens": 256,
            "seed": 1,
        }
    ],
    commands=(
        "ygg labels --json > labels.json && ygg submit --label plan-breakdown --file labels.json "
        "--param goal='Tell which models there are, and then which of them are in memory.' "
        '--param labels=\'["ollama-list", "ollama-ps"]\' --param most=2 '
        "--param max_tokens=256 --param seed=1 --wait",
    ),
)
def breakdown(params: Breakdown, context: Context, settings: Models) -> Outcome | JsonValue:
    known = _known(params, context)
    return asked(settings, lambda model: _break_down(_Asked(model, params, context), known))


def _known(params: Breakdown, context: Context) -> dict[str, Known]:
    here = {
        one.label: Known(one.label, one.offer.summary, one.offer.params_schema)
        for one in installed_handlers().values()
    }
    listed = {one.label: one for one in _from_file(context)}
    found = here | listed
    own = (label for label in sorted(listed or here) if not label.startswith(OWN))
    wanted = params.labels or list(own)
    if not wanted:
        raise Failed(
            "there is no label to plan with", hint=f"give labels, or another {LABELS_FILE}"
        )
    for label in wanted:
        if label not in found:
            raise Failed(
                f"nothing is known here of {label}",
                hint=f"known: {', '.join(sorted(found))}; for others: --file {LABELS_FILE}",
            )
    return {label: found[label] for label in wanted}


def _from_file(context: Context) -> Iterator[Known]:
    if not (context.workspace / LABELS_FILE).exists():
        return
    try:
        views = LISTED.validate_json(file_text(LABELS_FILE, context))
    except ValidationError as error:
        raise Failed(
            f"{LABELS_FILE} is not what `ygg labels --json` prints", hint=first_of(error)[:200]
        ) from error
    for view in views:
        try:
            Form(view.params_schema)
        except BadInput as error:
            raise Failed(f"{LABELS_FILE}, {view.label}: {error.message}") from error
        yield Known(view.label, view.summary, view.params_schema)


def _break_down(asking: _Asked, known: Mapping[str, Known]) -> JsonValue:
    steps = _steps(asking, known)
    lines: list[JsonValue] = []
    for number, (ref, step) in enumerate(steps.items(), 1):
        asking.context.progress(number / (len(steps) + 1), f"{step.label}: {step.title}")
        lines.append(_line(asking, ref, step, known[step.label]))
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (asking.context.workspace / TASKS_FILE).write_text(text, encoding="utf-8")
    asking.context.artifact(TASKS_FILE)
    return {"tasks": lines, "answers": asking.answers, "tokens_out": asking.tokens_out}


def _steps(asking: _Asked, known: Mapping[str, Known]) -> dict[str, Draft]:
    goal = f"The kinds of task:\n{chr(10).join(map(in_short, known.values()))}\n\nThe goal:\n"
    chat = (Message("system", STEPS), Message("user", goal + asking.params.goal))

    def read(text: str) -> tuple[dict[str, Draft] | None, list[str]]:
        try:
            found = OUTLINE.validate_json(text, strict=True)
        except ValidationError as error:
            return None, [first_of(error)]
        return found, troubles_of(found, known, asking.params.most)

    schema = outline_schema(list(known), asking.params.most)
    return asking.until_it_holds("plan", chat, schema, read)


def _line(asking: _Asked, ref: str, step: Draft, known: Known) -> dict[str, JsonValue]:
    if not known.schema.get("properties"):
        return line_of(ref, step, {})
    form = Form(known.schema)
    task = f"The goal: {asking.params.goal}\n\nThe task: {step.title}\nIts kind: {known.summary}\n"
    chat = (Message("system", PARAMS), Message("user", f"{task}Its params:\n{in_full(known)}"))

    def read(text: str) -> tuple[dict[str, JsonValue] | None, list[str]]:
        try:
            found = form.read(text)
        except YggError as error:
            return None, [error.message]
        if not isinstance(found, dict):
            return None, ["params are a JSON object"]
        line = line_of(ref, step, found)
        trouble = line_trouble(line) or _model_trouble(step.label, found)
        return line, [trouble] if trouble else []

    return asking.until_it_holds(f"params of {ref}", chat, told(known.schema), read)


def _model_trouble(label: str, params: Mapping[str, JsonValue]) -> str | None:
    """What the handler's own validators say, where it is installed."""
    one = installed_handlers().get(label)
    if one is None:
        return None
    try:
        one.params.model_validate(params)
    except ValidationError as error:
        return first_of(error)
    return None


def options_of(params: Breakdown, schema: Mapping[str, JsonValue], again: int) -> Options:
    """The most likely answer first; whoever is asked `again` is to find another one."""
    return Options(
        max_tokens=params.max_tokens,
        temperature=AGAIN_TEMPERATURES[min(again, len(AGAIN_TEMPERATURES) - 1)],
        seed=None if params.seed is None else (params.seed + again) % 2**31,
        schema=schema,
    )


@dataclass
class _Asked:
    model: Model
    params: Breakdown
    context: Context
    answers: int = 0
    tokens_out: int = 0
    said: list[str] = field(default_factory=list)

    def until_it_holds(
        self,
        what: str,
        chat: tuple[Message, ...],
        schema: Mapping[str, JsonValue],
        read: Callable[[str], tuple[Found | None, list[str]]],
    ) -> Found:
        """Asked again with what was wrong, so often at most; then the task fails with all of it."""
        troubles: list[str] = []
        for number in range(self.params.tries):
            reply = self._ask(chat, schema, number)
            found, troubles = read(reply.text)
            if found is not None and not troubles:
                return found
            if reply.finished == "length":
                troubles.insert(0, f"the answer was cut off at {reply.tokens_out} tokens")
            self.context.log(f"{what}: {'; '.join(troubles)}")
            mend = f"This does not hold: {'; '.join(troubles)}. Answer again, with all of it."
            chat = (*chat[:2], Message("assistant", reply.text[:REPEATED]), Message("user", mend))
        raise Failed(
            f"the model gave no {what} that would do: {'; '.join(troubles)}"[:1000],
            hint="name fewer labels, say the goal more clearly, or take a larger model",
            result={"troubles": list(troubles), "answer": reply.text[:ANSWER_LENGTH]},
        )

    def _ask(self, chat: tuple[Message, ...], schema: Mapping[str, JsonValue], again: int) -> Reply:
        options = options_of(self.params, schema, again)
        try:
            said = "max_tokens" in self.params.model_fields_set
            asked = Chat(chat, self.params.model, options)
            reply = self.model.chat(with_room(self.model, asked, named=said))
        except BadInput as error:
            raise Failed(
                error.message,
                hint=error.hint or "if that is too much for the model, name fewer labels",
            ) from error
        self.answers += 1
        self.tokens_out += reply.tokens_out
        self.context.log(reply.text)
        return reply
