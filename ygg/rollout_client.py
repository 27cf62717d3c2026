"""What the driver of a rollout, and whoever looks on, asks of the coordinator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import quote

from ygg.client import Client, Json, dump, query_of
from ygg.rollout_views import RolledImage

if TYPE_CHECKING:
    from ygg.rollout_views import (
        RolloutDetail,
        RolloutDriven,
        RolloutEnd,
        RolloutHeard,
        RolloutMachineState,
        RolloutStepState,
        RolloutView,
        RolloutWish,
    )

_ROLLOUTS = "/v1/rollouts"
_MOST_SAID = 2000
_ALL_STEPS = 2**31 - 1


class Rollouts:
    """Through a client, which keeps the connection. Not for sharing between threads either."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def start(
        self,
        image: RolledImage,
        version: str,
        reference: str,
        machines: Sequence[Mapping[str, str]],
        *,
        driver: str,
        canary: int = 1,
        max_unavailable: int = 1,
        drain_seconds: float = 60,
        back_of: str | None = None,
    ) -> RolloutDriven:
        """`machines`: of each `machine`, `executor` and, where it is known, `previous`."""
        body = {
            "image": image,
            "version": version,
            "reference": reference,
            "machines": machines,
            "driver": driver,
            "canary": canary,
            "max_unavailable": max_unavailable,
            "drain_seconds": drain_seconds,
            "back_of": back_of,
        }
        return cast("RolloutDriven", self._post(_ROLLOUTS, body))

    def latest(self, image: RolledImage | None = None, limit: int = 20) -> list[RolloutView]:
        """Newest first."""
        query = query_of({"image": image, "limit": limit})
        return cast("list[RolloutView]", self._client.call("GET", _ROLLOUTS + query))

    def show(self, rollout: str, *, steps_after: int = 0) -> RolloutDetail:
        path = _of(rollout) + query_of({"steps_after": steps_after or None})
        return cast("RolloutDetail", self._client.call("GET", path))

    def last_of_each(self) -> list[RolloutDetail]:
        """Of each image that was ever rolled out, the last one, without its steps."""
        latest = [self.latest(image, limit=1) for image in get_args(RolledImage)]
        return [self.show(one["id"], steps_after=_ALL_STEPS) for found in latest for one in found]

    def drive(self, rollout: str, driver: str) -> RolloutDriven:
        return cast("RolloutDriven", self._post(_of(rollout, "drive"), {"driver": driver}))

    def step(
        self,
        rollout: str,
        token: str,
        step: str,
        state: RolloutStepState,
        says: str = "",
        *,
        machine: str | None = None,
        machine_state: RolloutMachineState | None = None,
        previous: str | None = None,
    ) -> RolloutHeard:
        """Can be sent again by a driver that got no answer: it is written down once."""
        body = {
            "token": token,
            "step": step,
            "state": state,
            "says": _fit(says),
            "machine": machine,
            "machine_state": machine_state,
            "previous": previous,
        }
        return cast("RolloutHeard", self._post(_of(rollout, "steps"), body))

    def beat(self, rollout: str, token: str) -> RolloutHeard:
        return cast("RolloutHeard", self._post(_of(rollout, "beat"), {"token": token}))

    def ask(self, rollout: str, wanted: RolloutWish) -> RolloutDetail:
        return cast("RolloutDetail", self._post(_of(rollout, "ask"), {"wanted": wanted}))

    def end(self, rollout: str, token: str, state: RolloutEnd, reason: str = "") -> RolloutDetail:
        """Can be sent again, as a step can."""
        body = {"token": token, "state": state, "reason": _fit(reason)}
        return cast("RolloutDetail", self._post(_of(rollout, "end"), body))

    def _post(self, path: str, body: object) -> Json:
        return self._client.call("POST", path, body=dump(body))


def _of(rollout: str, rest: str = "") -> str:
    path = f"{_ROLLOUTS}/{quote(rollout, safe='')}"
    return f"{path}/{rest}" if rest else path


def _fit(says: str) -> str:
    """What a machine said may be of any length, and hold what cannot be written down."""
    whole = says.replace("\x00", " ").encode(errors="replace").decode()
    return whole if len(whole) <= _MOST_SAID else whole[: _MOST_SAID - 1] + "…"
