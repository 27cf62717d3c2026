"""Accepting tasks: one, many, or only what would become of one.

A task is accepted when its transaction has committed; nothing that is refused is written.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import orjson

from coordinator.bulk import Line, check_same, judge_by_ledger, line_problems
from coordinator.catalogue import Catalogue
from coordinator.changes import Changes
from coordinator.dispatcher import Dispatcher
from coordinator.foretell import foretell, leads_to, would
from coordinator.ledger import Ledger, read, submit
from coordinator.ledger.rows import Change, NewTask
from coordinator.notices import notices
from coordinator.reading import clean, no_such
from coordinator.refs import resolve_refs
from coordinator.router import Router, read_spec
from coordinator.watch import Watch
from ygg import ids
from ygg.blobs import BlobFiles
from ygg.errors import BadInput, NeverAnnounced, YggError
from ygg.labels import queue_for
from ygg.settings import Settings
from ygg.task import NamedBlob, State, TaskSpec
from ygg.views import Accepted, BulkAccepted, BulkDryRun, DryRun, Foreseen, TaskView


class Acceptance:
    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        catalogue: Catalogue,
        watch: Watch,
        changes: Changes,
        files: BlobFiles,
        dispatcher: Dispatcher,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._catalogue = catalogue
        self._watch = watch
        self._changes = changes
        self._files = files
        self._dispatcher = dispatcher
        self._router = Router(catalogue, settings)

    def accept(
        self, body: bytes, submitter: str, idempotency_key: str | None, task_id: str
    ) -> Accepted:
        """One task. With a known idempotency key, the task that it made the first time."""
        spec = read_spec(body)
        if idempotency_key is not None:
            spec = _with_key(spec, idempotency_key)
        task = self._router.plan(spec, task_id, submitter, time.time(), body)
        self._check_stored(task)
        return self._write(task)

    def probe(self, executor: str, submitter: str) -> Accepted:
        """A task that this executor alone takes, even where its machine is drained."""
        known = [each.announcement.executor for each in self._catalogue.executors]
        if executor not in known:
            raise no_such("executor", executor, known, of="the fleet", kind="executor")
        return self._write(self._router.probe(executor, ids.new_id(), submitter))

    def _write(self, task: NewTask) -> Accepted:
        with self._ledger.write() as connection:
            if task.idempotency_key is not None:
                known = submit.known_keys(connection, [task.idempotency_key])
                if known:
                    kept = known[task.idempotency_key]
                    check_same(kept, task)
                    view = read.task(connection, kept.id)
                    return Accepted(task=view, notices=[], repeated=True)
            changes = submit.insert_tasks(connection, [task], time.time())
            # In the same commit, where there is room: one wait for the disk less on its way.
            batches = self._dispatcher.choose(connection, self._ready(changes))
        self._changes.tell(changes)
        self._dispatcher.publish_now(batches)
        view = accepted_view(task, changes[0])
        return Accepted(task=view, notices=self._notices([task]), repeated=False)

    def dry_run(self, body: bytes) -> DryRun:
        """What `accept` would do, and why. Writes nothing."""
        spec = read_spec(body)
        try:
            task = self._router.plan(spec, ids.new_id(), "dry-run", time.time(), body)
        except NeverAnnounced as error:
            return self._dry_run_unknown(spec, error)
        with self._ledger.read() as connection:
            submit.check_dependencies(connection, [task])
        return foretell(task, self._router.route(task.label), self._catalogue)

    def _dry_run_unknown(self, spec: TaskSpec, error: NeverAnnounced) -> DryRun:
        route = self._router.route(spec.label)
        queue = queue_for(route, spec.on)
        return DryRun(
            would="refuse",
            label=spec.label,
            queue=queue,
            route=route.prefix,
            executors=self._catalogue.candidates(spec.label, queue, route.requires),
            why=[leads_to(spec.label, route), error.message, *([error.hint] if error.hint else [])],
        )

    def accept_bulk(self, body: bytes, submitter: str, *, partial: bool) -> BulkAccepted:
        """Newline-delimited tasks: all of them, or with `partial` the good ones."""
        lines, tasks, rejected = self._plan_lines(body, submitter)
        new, ids_by_line = self._insert_bulk(lines, tasks, rejected, partial=partial)
        return BulkAccepted(
            accepted=len(ids_by_line),
            ids=list(ids_by_line.values()),
            refused=len(rejected),
            rejected=line_problems(rejected),
            notices=self._notices(new),
        )

    def dry_run_bulk(self, body: bytes) -> BulkDryRun:
        """What `accept_bulk` would do with each line. Writes nothing."""
        lines, tasks, rejected = self._plan_lines(body, "dry-run")
        with self._ledger.read() as connection:
            known = judge_by_ledger(connection, tasks, rejected, lines)
        fates = Counter(
            ("repeat" if number in known else would(task, self._catalogue), task.label, task.queue)
            for number, task in tasks.items()
        )
        return BulkDryRun(
            tasks=[
                Foreseen(would=fate, label=label, queue=queue, tasks=count)
                for (fate, label, queue), count in sorted(fates.items())
            ],
            refused=len(rejected),
            rejected=line_problems(rejected),
        )

    def _plan_lines(
        self, body: bytes, submitter: str
    ) -> tuple[list[Line], dict[int, NewTask], dict[int, YggError]]:
        """The lines that can be read, the tasks of the good ones, and what is wrong with the rest;
        as far as that can be known without the ledger."""
        lines, rejected = self._read_lines(body)
        resolved = resolve_refs([(line.number, line.spec, line.task_id) for line in lines])
        rejected |= resolved.refused
        now = time.time()
        tasks: dict[int, NewTask] = {}
        for line in lines:
            if line.number in rejected:
                continue
            try:
                task = self._router.plan(line.spec, line.task_id, submitter, now, line.body)
                self._check_stored(task)
            except YggError as error:
                rejected[line.number] = error
                continue
            if line.spec.after:
                task = replace(task, after=resolved.after[line.number])
            tasks[line.number] = task
        return lines, tasks, rejected

    def _read_lines(self, body: bytes) -> tuple[list[Line], dict[int, YggError]]:
        found = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
        most = self._settings.coordinator.max_bulk_tasks
        if len(found) > most:
            raise BadInput(
                f"{len(found)} tasks in one request",
                field="body",
                allowed=[f"at most {most} (coordinator.max_bulk_tasks)"],
            )
        if not found:
            raise BadInput("the request holds no task", field="body", allowed=["a task a line"])
        lines: list[Line] = []
        rejected: dict[int, YggError] = {}
        for (number, text), task_id in zip(found, ids.new_ids(len(found)), strict=True):
            try:
                lines.append(Line(number, read_spec(text), text, task_id))
            except YggError as error:
                rejected[number] = error
        return lines, rejected

    def _insert_bulk(
        self,
        lines: Sequence[Line],
        tasks: dict[int, NewTask],
        rejected: dict[int, YggError],
        *,
        partial: bool,
    ) -> tuple[list[NewTask], dict[int, str]]:
        """Write the new ones; a line whose idempotency key is known stands for its task."""
        with self._ledger.write() as connection:
            known = judge_by_ledger(connection, tasks, rejected, lines)
            if rejected and not partial:
                return [], {}
            new = [task for number, task in tasks.items() if number not in known]
            changes = submit.insert_tasks(connection, new, time.time()) if new else []
            batches = self._dispatcher.choose(connection, self._ready(changes))
        self._changes.tell(changes)
        self._dispatcher.publish_later(batches)
        return new, {number: known.get(number, task.id) for number, task in tasks.items()}

    def _ready(self, changes: Sequence[Change]) -> set[str]:
        """The queues of tasks that wait for nothing; those that wait for a time are looked at."""
        if any(change.state is State.WAITING for change in changes):
            self._dispatcher.wake_all()
        return {change.queue for change in changes if change.state is State.QUEUED}

    def _check_stored(self, task: NewTask) -> None:
        """Inputs that do not travel inline were sent to us before."""
        if task.inputs is None:
            return
        for number, found in enumerate(_inputs(task.inputs)):
            ref = found.blob
            if ref.inline_base64 is None and not self._files.has(ref.sha256):
                raise BadInput(
                    f"the content of input {found.path!r} was not sent",
                    field=f"inputs.{number}.blob",
                    hint=f"PUT it to /v1/blobs/{ref.sha256} first",
                )

    def _notices(self, tasks: Sequence[NewTask]) -> list[str]:
        return notices(self._catalogue, self._watch, (task.need for task in tasks))


def _with_key(spec: TaskSpec, name: str) -> TaskSpec:
    if not 1 <= len(name) <= 200:
        raise BadInput(
            f"the idempotency key has {len(name)} characters",
            field="Idempotency-Key",
            allowed=["1 to 200 characters"],
        )
    clean(name, "Idempotency-Key")
    if spec.idempotency_key not in (None, name):
        raise BadInput(
            "header and body name different idempotency keys",
            field="Idempotency-Key",
            allowed=["one key, in the header or in the body"],
        )
    return spec.model_copy(update={"idempotency_key": name})


def _inputs(text: str) -> list[NamedBlob]:
    return [NamedBlob.model_validate(found) for found in orjson.loads(text)]


def accepted_view(task: NewTask, change: Change) -> TaskView:
    """The task as it was written a moment ago, without asking the ledger for it."""
    return TaskView(
        id=task.id,
        label=task.label,
        title=task.title,
        state=change.state.value,
        reason=change.reason,
        queue=task.queue,
        priority=task.priority,
        attempt=0,
        max_attempts=task.retry.max_attempts,
        executor=None,
        created_at=change.at,
        started_at=None,
        finished_at=None,
        submitted_by=task.submitted_by,
        retry_of=task.retry_of,
        key=task.key,
    )
