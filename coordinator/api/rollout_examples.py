"""Requests and answers about rollouts as they look, for the OpenAPI document."""

from __future__ import annotations

from ygg import rollout_views as views

WHEEL = "Jx4…"
_NEW = "fleet.example:7450/ygg-executor@sha256:" + "7a" * 32
_OLD = "fleet.example:7450/ygg-executor@sha256:" + "3c" * 32

START = {
    "image": "executor",
    "version": "0.3.0",
    "reference": _NEW,
    "machines": [
        {"machine": "fenrir", "executor": "fenrir", "previous": _OLD},
        {"machine": "surtr", "executor": "surtr"},
    ],
    "canary": 1,
    "max_unavailable": 1,
    "drain_seconds": 60,
    "driver": "ada@laptop",
}
STEP = {
    "token": WHEEL,
    "machine": "fenrir",
    "step": "drain",
    "state": "begun",
    "machine_state": "draining",
}
OWN_STEP = {"token": WHEEL, "step": "verify", "state": "done", "says": "signed by matt"}
END = {"token": WHEEL, "state": "done", "reason": ""}
SUMMARY = views.RolloutView(
    id="1qf6dn9s6qjd",
    image="executor",
    version="0.3.0",
    reference=_NEW,
    state="running",
    wanted="",
    canary=1,
    max_unavailable=1,
    drain_seconds=60,
    back_of=None,
    created_by="ada",
    created_at=1795264003.75,
    ended_at=None,
    reason="",
    driver="ada@laptop",
    driver_until=1795264034.5,
    machine_states={"draining": 1, "pulled": 1},
)
ROLLOUTS = [SUMMARY]
ROLLOUT = views.RolloutDetail(
    **SUMMARY,
    machines=[
        views.RolloutMachineView(
            machine="fenrir", executor="fenrir", previous=_OLD, state="draining", says=""
        ),
        views.RolloutMachineView(
            machine="surtr", executor="surtr", previous="", state="pulled", says=""
        ),
    ],
    steps=[
        views.RolloutStepView(
            seq=1,
            at=1795264003.75,
            machine="",
            step="start",
            state="begun",
            says="0.3.0, with the token ada",
            actor="ada@laptop",
        ),
        views.RolloutStepView(
            seq=2,
            at=1795264004.5,
            machine="fenrir",
            step="drain",
            state="begun",
            says="",
            actor="ada@laptop",
        ),
    ],
)
DRIVEN = views.RolloutDriven(rollout=ROLLOUT, token=WHEEL)
HEARD = views.RolloutHeard(wanted="", driver_until=1795264034.5)
