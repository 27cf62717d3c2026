"""Requests and answers as they look, for the OpenAPI document. A test holds them to its schemas."""

from __future__ import annotations

from pydantic import JsonValue

from ygg import views

Task = dict[str, JsonValue]

RUN: Task = {
    "label": "dev-run",
    "title": "six times seven",
    "params": {"command": ["python3", "-c", "print(6*7)"]},
}
ECHO: Task = {"label": "dev-echo", "params": {"text": "hello"}, "priority": 0}
LATER: Task = {
    "label": "dev-run",
    "params": {"command": ["make", "test"]},
    "key": "repo:infra",
    "delay_seconds": 600,
    "max_attempts": 2,
    "retry_on": ["error", "lost"],
}
LINES = (
    '{"label": "dev-echo", "ref": "first", "idempotency_key": "night-1"}\n'
    '{"label": "dev-echo", "after": ["first"]}\n'
)

TASK = views.TaskView(
    id="1qf6dn9s6qjd",
    label="dev-run",
    title="six times seven",
    state="queued",
    reason="",
    queue="dev",
    priority=2,
    attempt=0,
    max_attempts=3,
    executor=None,
    created_at=1795264003.75,
    started_at=None,
    finished_at=None,
    submitted_by="ada",
    retry_of=None,
    key=None,
)
DETAIL = views.TaskDetail(
    id="1qf6dn9s6qjd",
    label="dev-run",
    title="six times seven",
    state="succeeded",
    reason="",
    queue="dev",
    priority=2,
    attempt=1,
    max_attempts=3,
    executor="fenrir",
    created_at=1795264003.75,
    started_at=1795264003.8,
    finished_at=1795264003.9,
    submitted_by="ada",
    retry_of=None,
    key=None,
    params={"command": ["python3", "-c", "print(6*7)"]},
    inputs=[],
    after=[],
    not_before=None,
    result={"exit_code": 0, "stdout": "42\n"},
    hint="",
    verdict=None,
    tier=None,
    warnings=[],
    artifacts=[],
    attempts=[
        views.AttemptView(
            attempt=1,
            state="ok",
            executor="fenrir",
            dispatched_at=1795264003.76,
            started_at=1795264003.8,
            ended_at=1795264003.9,
            charged=True,
            reason="",
            late=None,
        )
    ],
    actions=[],
    progress="",
)
ACCEPTED = views.Accepted(task=TASK, notices=[], repeated=False)
REPEATED = views.Accepted(task=TASK, notices=[], repeated=True)
DRY_RUN = views.DryRun(
    would="run",
    label="dev-run",
    queue="dev",
    route="dev-",
    executors=[views.Candidate(executor="fenrir", alive=True, offers=True, missing=[])],
    why=["dev-run begins with dev-: queue dev, normally served by fenrir"],
)
BULK = views.BulkAccepted(
    accepted=2, ids=["1qf6dn9s6qjd", "1qf6dn9s6qje"], refused=0, rejected=[], notices=[]
)
BULK_REFUSED = views.BulkAccepted(
    accepted=0,
    ids=[],
    refused=1,
    rejected=[
        views.LineProblem(
            line=2,
            message='priority cannot be "high"',
            field="priority",
            allowed=["a whole number from 0 to 4"],
            hint=None,
        )
    ],
    notices=[],
)
BULK_DRY_RUN = views.BulkDryRun(
    tasks=[
        views.Foreseen(would="run", label="dev-echo", queue="dev", tasks=1),
        views.Foreseen(would="wait", label="dev-echo", queue="dev", tasks=1),
    ],
    refused=0,
    rejected=[],
)
APPROVED = views.NoticedTask(**TASK, notices=[])
AGAIN = views.NoticedTask(**(TASK | {"id": "1qf8k2c0v3ma", "retry_of": "1qf6dn9s6qjd"}), notices=[])
REPLAYED = views.Replayed(tasks=[{"of": "1qf6dn9s6qjd", "id": "1qf8k2c0v3ma"}], notices=[])
PAGE = views.TaskPage(
    tasks=[views.ListedTask(**TASK, after=["1qf6dn9s6qjc"], counted=0, warning_count=0)],
    next="1qf6dn9s6qjd",
)
LABELS = [
    views.LabelView(
        label="dev-echo",
        summary="Answer with the text it was given.",
        queue="dev",
        tier=None,
        approval="none",
        soft_seconds=1,
        hard_seconds=5,
        max_attempts=3,
        retry_on=["lost"],
        needs=[],
        bundle=True,
        untrusted=False,
        params_schema={"type": "object", "properties": {"text": {"type": "string"}}},
        examples=[{"text": "hello"}],
        commands=["date > now && ygg submit --label dev-echo --param text=@now"],
        executors=["fenrir"],
    )
]
QUEUES = [
    views.QueueView(
        queue="dev",
        waiting=1,
        queued=12,
        published=8,
        running=2,
        window=8,
        limit=None,
        executors=["fenrir"],
    )
]
EXECUTORS = [
    views.ExecutorView(
        executor="fenrir",
        machine="fenrir",
        version="0.1.0",
        image_digest="",
        state="alive",
        queues=["dev", "git", "plan"],
        concurrency=2,
        running=2,
        finished=340,
        refused="",
        spooled=0,
        tags=[],
        labels=["dev-echo", "dev-run"],
        seen_at=1795264003.75,
    )
]
DRAIN = views.DrainView(
    machine="fenrir",
    executor="",
    order="1qf6dn9s6qjd",
    seconds=3600,
    note="a new disk",
    at=1795264003.75,
    by="ada",
)
DRAINS = [DRAIN]
PROBED = views.Accepted(
    task={**TASK, "label": "executor-probe", "title": "a probe of fenrir", "queue": "probe.fenrir"},
    notices=[],
    repeated=False,
)
_CODE = views.LabelStats(
    label="code-generate",
    tasks=40,
    open=1,
    verified=31,
    unverified=2,
    refuted=5,
    failed=1,
    calls=96,
    tokens_in=81200,
    tokens_out=24300,
    tokens_cached=40600,
    model_seconds=412.5,
    check_seconds=61.25,
    seconds=480.5,
    tokens_per_verified=3403.226,
    seconds_per_verified=15.5,
    cache_hits=0.5,
)
STATS = views.FamilyStats(
    family="code",
    since=1794659203.75,
    labels=[_CODE],
    total=views.LabelStats(**(_CODE | {"label": "code-"})),
)
HEALTH = views.Health(
    ok=True,
    version="0.1.0",
    parts={"executors": views.PartHealth(ok=True, detail="fenrir")},
)
UNWELL = views.Health(
    ok=False,
    version="0.1.0",
    parts={"broker": views.PartHealth(ok=False, detail="Connection refused")},
)
TOKENS = [views.TokenView(name="ada", role="submitter", created_at=1795264003.75, revoked_at=None)]
TOKEN_MADE = {"name": "ada", "role": "submitter", "token": "ygg_…"}
METRICS = 'ygg_tasks_open{queue="dev",state="queued"} 12.0\n'
LOG = (
    'event: log\nid: 1.1\ndata: {"attempt":1,"sequence":1,"at":1795264003.8,"stream":"stdout",'
    '"text":"42\\n","dropped_bytes":0}\n\nevent: end\ndata: {"state":"succeeded"}\n\n'
)
EVENTS = (
    "event: task\nid: 5f2c9a01-17\n"
    'data: {"id":"1qf6dn9s6qjd","label":"dev-run","queue":"dev","state":"running",'
    '"attempt":1,"reason":"","at":1795264003.8}\n\n'
)
