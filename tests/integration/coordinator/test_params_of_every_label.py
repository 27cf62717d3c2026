"""Whatever is wrong with any param of any label that is installed here is refused at submit.

What is wrong is made from the labels' own schemas, so a new label is tested as soon as it is there.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pydantic import ValidationError

from executors.handler import Handler
from executors.offers import installed_handlers
from tests.fitting import fits, sample
from tests.integration.coordinator.conftest import at_home
from tests.integration.coordinator.house import House
from tests.services import BrokerServer
from tests.unfit import Bad, bad_params

pytestmark = pytest.mark.timeout(300)

HANDLERS = installed_handlers()
REFUSED = 422
TOO_LARGE = 413


@pytest.fixture(scope="module")
def house(valkey: BrokerServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A coordinator that was told of every label that is installed."""
    offers = [one.offer for one in HANDLERS.values()]
    with at_home(House(tmp_path_factory.mktemp("house"), valkey, offers=offers)) as found:
        yield found


def base_of(one: Handler) -> dict[str, Any]:
    """Params that fit: an example, or else as few as can be."""
    schema = one.offer.params_schema
    for example in one.offer.examples:
        if fits(example, schema, schema):
            return dict(example)
    return {name: sample(schema["properties"][name], schema) for name in schema.get("required", ())}


@pytest.mark.parametrize("label", HANDLERS)
def test_what_does_not_fit_is_refused_with_its_field_and_what_is_allowed(
    house: House, label: str
) -> None:
    one = HANDLERS[label]
    before = house.written()
    headers = {"Authorization": f"Bearer {house.admin}"}
    troubles = []
    with closing(http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)) as door:
        for bad in bad_params(one.offer.params_schema, base_of(one)):
            body = f'{{"label": "{label}", "params": {bad.params}}}'
            door.request("POST", "/v1/tasks", body.encode(), headers)
            answer = door.getresponse()
            trouble = _trouble(bad, answer.status, json.loads(answer.read()))
            if trouble:
                troubles.append(f"{bad.field} {bad.what}: {trouble}")
    assert not troubles, "\n".join(troubles)
    assert house.written() == before


def _trouble(bad: Bad, status: int, answer: Any) -> str:
    if status not in (REFUSED, TOO_LARGE):
        return f"status {status}"
    told = answer["error"]
    if not (told.get("allowed") or told.get("hint")):
        return f"nobody is told what is allowed: {told}"
    # What is no JSON at all has no field.
    if told["field"] != "body" and not f"{told['field']}.".startswith(f"{bad.field}."):
        return f"the field is {told['field']}: {told['message']}"
    return ""


@pytest.mark.parametrize("label", HANDLERS)
def test_examples_fit_their_own_schema_and_model(label: str) -> None:
    one = HANDLERS[label]
    schema = one.offer.params_schema
    for example in one.offer.examples:
        assert fits(example, schema, schema), example
        try:
            one.params.model_validate_json(json.dumps(example), strict=True)
        except ValidationError as error:
            pytest.fail(f"{example}: {error}")
