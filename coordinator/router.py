"""From what a person sent to a task that may be written, or an error that names the field."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import JsonValue, ValidationError

from coordinator.catalogue import Catalogue
from coordinator.ledger.rows import NewTask
from ygg.blobs import inline_content
from ygg.errors import BadInput, YggError
from ygg.ids import read_id
from ygg.labels import Route, check_label, nearest, queue_for
from ygg.settings import Settings
from ygg.task import Limits, NamedBlob, Offer, Retry, TaskSpec

_YEAR_SECONDS = 366 * 24 * 3600
_SAFE_PART = re.compile(r"[^\x00-\x1f/\\]+")


def read_spec(body: bytes) -> TaskSpec:
    """One task as JSON."""
    try:
        return TaskSpec.model_validate_json(body)
    except ValidationError as error:
        raise _explain(error) from None


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
        route = self.route(spec.label)
        offer = self._catalogue.offer(spec.label)
        limits = _limits(spec, offer)
        return NewTask(
            id=task_id,
            label=spec.label,
            title=clean(spec.title, "title"),
            queue=queue_for(route, spec.on),
            machine=spec.on,
            priority=spec.priority,
            params=self._params(spec.params, offer),
            inputs=self._inputs(spec.inputs),
            limits=limits,
            retry=_retry(spec, offer),
            requires=route.requires | offer.needs,
            bundle=offer.bundle and spec.key is None and not spec.inputs,
            key=None if spec.key is None else clean(spec.key, "key"),
            after=_ids(clean(name, "after") for name in spec.after),
            not_before=_not_before(spec, now),
            approval=spec.approval or offer.approval == "before",
            idempotency_key=None
            if spec.idempotency_key is None
            else clean(spec.idempotency_key, "idempotency_key"),
            fingerprint=fingerprint(body) if spec.idempotency_key else None,
            submitted_by=submitter,
        )

    def _params(self, params: Mapping[str, JsonValue], offer: Offer) -> str:
        validator = self._catalogue.validator(offer)
        if not validator.is_valid(params):
            raise _explain_params(next(validator.iter_errors(params)), offer)
        try:
            encoded = orjson.dumps(params)
        except (TypeError, ValueError) as error:  # an integer beyond 64 bits
            raise BadInput(f"params cannot travel as JSON: {error}", field="params") from error
        most = self._settings.coordinator.max_params_bytes
        if len(encoded) > most:
            raise BadInput(
                f"params are {len(encoded)} bytes as JSON",
                field="params",
                allowed=[f"at most {most} bytes (coordinator.max_params_bytes)"],
                hint="send large content as input files: --file",
            )
        if b"\\u0000" in encoded or b"null" in encoded:  # null: what NaN is written as
            _refuse_what_cannot_travel(params, "params")
        return encoded.decode()

    def _inputs(self, inputs: tuple[NamedBlob, ...]) -> str | None:
        if not inputs:
            return None
        seen: set[str] = set()
        for found in inputs:
            check_path(found.path)
            if found.path in seen:
                raise BadInput(f"two inputs are named {found.path!r}", field="inputs")
            seen.add(found.path)
            content = inline_content(found.blob)
            if content is not None and len(content) != found.blob.size_bytes:
                raise BadInput(f"input {found.path!r} is not of the size it says", field="inputs")
            if found.blob.size_bytes > self._settings.delivery.blob_bytes:
                raise BadInput(
                    f"input {found.path!r} is {found.blob.size_bytes} bytes",
                    field="inputs",
                    allowed=[f"at most {self._settings.delivery.blob_bytes} bytes a file"],
                )
        return orjson.dumps([found.model_dump(mode="json") for found in inputs]).decode()


def fingerprint(body: bytes) -> str:
    """The same for two requests that ask for the same, however they are spaced or ordered."""
    found = orjson.loads(body)
    if isinstance(found, dict):
        found.pop("idempotency_key", None)
    return hashlib.sha256(orjson.dumps(found, option=orjson.OPT_SORT_KEYS)).hexdigest()


def check_path(path: str) -> None:
    """A relative path that stays inside: no `..`, nothing absolute, no control characters."""
    parts = path.split("/")
    if len(path) > 1000 or not all(
        part not in (".", "..") and _SAFE_PART.fullmatch(part) for part in parts
    ):
        raise BadInput(
            f"{path[:80]!r} is not a path inside the workspace",
            field="inputs",
            allowed=["a relative path without `..`, such as src/slow.py"],
        )


def resolve_refs(specs: list[tuple[int, TaskSpec, str]]) -> dict[int, tuple[str, ...]]:
    """`after` of every line as ids: a line may name others of its request by their `ref`.

    Takes `(line, spec, id)` and refuses a name that two lines use, and any circle. A name that is
    neither stays as it is: the ledger judges it.
    """
    ids: dict[str, str] = {}
    for line, spec, task_id in specs:
        if spec.ref is None:
            continue
        if spec.ref in ids:
            raise BadInput(f"the ref {spec.ref!r} is used twice", field="ref", line=line)
        ids[spec.ref] = task_id
    if not any(spec.after for _, spec, _ in specs):
        return {}
    after = {line: _ids(ids.get(name, name) for name in spec.after) for line, spec, _ in specs}
    edges = {task_id: after[line] for line, _, task_id in specs}
    circle = _circle(edges)
    if circle:
        names = {task_id: f"line {line}" for line, _, task_id in specs}
        path = " → ".join(names[task_id] for task_id in circle)
        raise BadInput(
            f"these tasks wait for each other: {path}",
            field="after",
            line=next(line for line, _, task_id in specs if task_id == circle[0]),
        )
    return after


def _ids(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, and as ids are written where they are ids."""
    return tuple(dict.fromkeys(read_id(name) or name for name in names))


def _circle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """A path that ends where it began, or nothing. Without recursion: chains may be long."""
    done: set[str] = set()
    for root in edges:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(node)
                done.add(node)
            elif node in on_path:
                return [*path[path.index(node) :], node]
            elif node in edges and node not in done:
                path.append(node)
                on_path.add(node)
                stack.append((node, True))
                stack.extend((other, False) for other in edges[node])
    return []


def _limits(spec: TaskSpec, offer: Offer) -> Limits:
    hard = spec.hard_seconds
    soft = spec.soft_seconds
    if hard is None:
        slack = offer.limits.hard_seconds - offer.limits.soft_seconds
        hard = offer.limits.hard_seconds if soft is None else soft + max(slack, 1.0)
    if soft is None:
        soft = min(offer.limits.soft_seconds, hard)
    if offer.bundle and hard > offer.limits.hard_seconds:
        raise BadInput(
            f"{spec.label} runs at most {offer.limits.hard_seconds:g} seconds",
            field="hard_seconds",
        )
    if soft > hard:
        raise BadInput("the soft limit is above the hard one", field="soft_seconds")
    return Limits(soft_seconds=soft, hard_seconds=hard)


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
    if spec.not_before is not None and spec.delay_seconds is not None:
        raise BadInput("give a time or a delay, not both", field="delay_seconds")
    when = spec.not_before
    if spec.delay_seconds is not None:
        when = now + spec.delay_seconds
    if when is not None and when > now + 10 * _YEAR_SECONDS:
        raise BadInput("that is more than ten years away", field="not_before")
    return when


def clean(value: str, field: str) -> str:
    """PostgreSQL's text holds no NUL, and no name needs one."""
    if "\x00" in value:
        raise BadInput(f"{field} holds a NUL character", field=field)
    return value


def _refuse_what_cannot_travel(value: JsonValue | Mapping[str, JsonValue], where: str) -> None:
    if isinstance(value, str):
        clean(value, where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"{where} is no finite number", field=where)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            clean(key, where)
            _refuse_what_cannot_travel(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _refuse_what_cannot_travel(inner, f"{where}.{number}")


def shorten(text: str, most: int = 300) -> str:
    """A validator repeats the whole value; its two ends say enough."""
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"


def _explain(error: ValidationError) -> YggError:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    message = f"{where}: {first['msg']}" if first["loc"] else str(first["msg"])
    if first["type"] == "extra_forbidden":
        known = sorted(TaskSpec.model_fields)
        near = nearest(str(first["loc"][-1]), known)
        return BadInput(
            f"a task has no field {where!r}",
            field=where,
            allowed=known,
            hint=f"did you mean {near}?" if near else None,
        )
    return BadInput(message, field=where)


def _explain_params(error: Any, offer: Offer) -> BadInput:
    path = [str(part) for part in error.instance_path]
    where = ".".join(["params", *path])
    known = offer.params_schema.get("properties")
    allowed = sorted(known) if isinstance(known, dict) and not path else None
    return BadInput(
        f"{where}: {shorten(error.message)}",
        field=where,
        allowed=allowed,
        hint=f"`ygg labels {offer.label}` shows its params with examples",
    )
