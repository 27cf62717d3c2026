"""From what a person sent to a task that may be written, or an error that names the field."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace

import orjson

from coordinator import params
from coordinator.catalogue import Catalogue
from coordinator.ledger.rows import NewTask
from coordinator.reading import clean, read_json
from coordinator.refs import as_ids
from ygg.blobs import inline_content
from ygg.errors import BadInput
from ygg.labels import PROBE, Route, check_label, prefix_of, probe_queue, queue_for
from ygg.settings import Settings
from ygg.task import Limits, NamedBlob, Offer, Retry, TaskSpec

_YEAR_SECONDS = 366 * 24 * 3600
_NAME_BYTES = 255
_SAFE_PART = re.compile(r"[^\x00-\x1f/\\]+")


def read_spec(body: bytes) -> TaskSpec:
    """One task as JSON."""
    return read_json(TaskSpec, body, "a task")


class Router:
    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue = catalogue
        self._settings = settings

    def route(self, label: str) -> Route:
        return self._settings.routes.match(check_label(label))

    def plan(
        self, spec: TaskSpec, task_id: str, submitter: str, now: float, body: bytes
    ) -> NewTask:
        """The task to be written. `after` is taken as it stands: ids."""
        return self._plan(spec, self.route(spec.label), task_id, submitter, now, body)

    def probe(self, executor: str, task_id: str, submitter: str) -> NewTask:
        """Of one executor alone, and given up as soon as it fails."""
        spec = TaskSpec(label=PROBE, title=f"a probe of {executor}", priority=0, max_attempts=1)
        route = Route(prefix=prefix_of(PROBE), queue=PROBE)
        task = self._plan(spec, route, task_id, submitter, time.time(), b"")
        return replace(task, queue=probe_queue(executor))

    def _plan(
        self,
        spec: TaskSpec,
        route: Route,
        task_id: str,
        submitter: str,
        now: float,
        body: bytes,
    ) -> NewTask:
        offer = self._catalogue.offer(spec.label)
        limits = _limits(spec, offer)
        return NewTask(
            id=task_id,
            label=spec.label,
            title=clean(spec.title, "title"),
            queue=queue_for(route, spec.on),
            machine=spec.on,
            priority=spec.priority,
            params=params.pack(
                spec.params,
                offer,
                self._catalogue.validator(offer),
                self._settings.coordinator.max_params_bytes,
            ),
            inputs=self._inputs(spec.inputs),
            limits=limits,
            retry=_retry(spec, offer),
            requires=route.requires | offer.needs,
            bundle=offer.bundle and spec.key is None and not spec.inputs,
            key=None if spec.key is None else clean(spec.key, "key"),
            after=as_ids(clean(name, "after") for name in spec.after),
            not_before=_not_before(spec, now),
            approval=spec.approval or offer.approval == "before",
            tier=offer.tier,
            idempotency_key=None
            if spec.idempotency_key is None
            else clean(spec.idempotency_key, "idempotency_key"),
            fingerprint=fingerprint(body) if spec.idempotency_key else None,
            submitted_by=submitter,
        )

    def _inputs(self, inputs: tuple[NamedBlob, ...]) -> str | None:
        if not inputs:
            return None
        seen: set[str] = set()
        for number, found in enumerate(inputs):
            where = f"inputs.{number}"
            check_path(found.path, f"{where}.path")
            if found.path in seen:
                raise BadInput(
                    f"two inputs are named {found.path!r}",
                    field=f"{where}.path",
                    allowed=["a path of its own for each input"],
                )
            seen.add(found.path)
            self._check_size(found, where)
        return orjson.dumps([found.model_dump(mode="json") for found in inputs]).decode()

    def _check_size(self, found: NamedBlob, where: str) -> None:
        most = self._settings.delivery.blob_bytes
        size = found.blob.size_bytes
        if size > most:
            raise BadInput(
                f"input {found.path!r} is {size} bytes",
                field=f"{where}.blob.size_bytes",
                allowed=[f"at most {most} bytes a file (delivery.blob_bytes)"],
            )
        content = _content(found, where)
        if content is not None and len(content) != size:
            raise BadInput(
                f"input {found.path!r} says {size} bytes and has {len(content)}",
                field=f"{where}.blob.size_bytes",
                allowed=[str(len(content))],
            )


def _content(found: NamedBlob, where: str) -> bytes | None:
    try:
        return inline_content(found.blob)
    except BadInput as error:
        error.field = f"{where}.blob.{error.field}"
        raise


def fingerprint(body: bytes) -> str:
    """The same for two requests that ask for the same, however they are spaced or ordered."""
    found = orjson.loads(body)
    if isinstance(found, dict):
        found.pop("idempotency_key", None)
    return hashlib.sha256(orjson.dumps(found, option=orjson.OPT_SORT_KEYS)).hexdigest()


def check_path(path: str, field: str) -> None:
    """A relative path that stays inside: no `..`, nothing absolute, no control characters."""
    if len(path) > 1000 or not all(_is_name(part) for part in path.split("/")):
        raise BadInput(
            f"{path[:80]!r} is not a path inside the workspace",
            field=field,
            allowed=["a relative path without `..`, such as src/slow.py"],
        )


def _is_name(part: str) -> bool:
    """A file can be called that, on any file system that counts bytes."""
    short = len(part.encode(errors="replace")) <= _NAME_BYTES
    return part not in (".", "..") and short and _SAFE_PART.fullmatch(part) is not None


def _limits(spec: TaskSpec, offer: Offer) -> Limits:
    hard = _hard_seconds(spec, offer)
    if offer.bundle and hard > offer.limits.hard_seconds:
        raise BadInput(
            f"{spec.label} is quick work, and is not given {hard:g} seconds",
            field="hard_seconds",
            allowed=[f"at most {offer.limits.hard_seconds:g} seconds"],
        )
    soft = min(offer.limits.soft_seconds, hard) if spec.soft_seconds is None else spec.soft_seconds
    if soft > hard:
        raise BadInput(
            f"soft_seconds is {soft:g}, and would never be reached",
            field="soft_seconds",
            allowed=[f"at most {hard:g} seconds, the hard limit"],
        )
    return Limits(soft_seconds=soft, hard_seconds=hard)


def _hard_seconds(spec: TaskSpec, offer: Offer) -> float:
    """A soft limit of one's own takes the hard one along, as far apart as the label's are."""
    if spec.hard_seconds is not None:
        return spec.hard_seconds
    hard = offer.limits.hard_seconds
    if spec.soft_seconds is None:
        return hard
    wanted = spec.soft_seconds + max(hard - offer.limits.soft_seconds, 1.0)
    return min(wanted, hard) if offer.bundle else wanted


def _retry(spec: TaskSpec, offer: Offer) -> Retry:
    if spec.max_attempts is None and spec.retry_on is None:
        return offer.retry
    return offer.retry.model_copy(
        update={
            "max_attempts": spec.max_attempts or offer.retry.max_attempts,
            "on": offer.retry.on if spec.retry_on is None else spec.retry_on,
        }
    )


def _not_before(spec: TaskSpec, now: float) -> float | None:
    if spec.delay_seconds is None:
        when, field = spec.not_before, "not_before"
    elif spec.not_before is None:
        when, field = now + spec.delay_seconds, "delay_seconds"
    else:
        raise BadInput(
            "delay_seconds and not_before say the same thing twice",
            field="delay_seconds",
            allowed=["one of the two"],
        )
    if when is not None and when > now + 10 * _YEAR_SECONDS:
        raise BadInput(
            f"{field} is more than ten years away", field=field, allowed=["within ten years"]
        )
    return when
