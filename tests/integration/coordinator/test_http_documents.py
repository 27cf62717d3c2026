"""What the coordinator says about itself: its document, its metrics, its health."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from coordinator.router import read_spec
from tests.integration.coordinator.house import House
from tests.services import wait_until
from ygg import __version__, stream
from ygg.errors import Problem


@pytest.fixture(scope="module")
def document(house: House) -> Any:
    return house.ask("GET", "/openapi.json", token=None).json


def references(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        if isinstance(found.get("$ref"), str):
            yield found["$ref"]
        for inner in found.values():
            yield from references(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from references(inner)


def resolve(document: Any, reference: str) -> Any:
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_document_is_openapi_and_says_what_it_is_of(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
    assert "HTTPBearer" in document["components"]["securitySchemes"]


def test_every_reference_of_the_document_leads_somewhere(document: Any) -> None:
    for reference in set(references(document)):
        resolve(document, reference)


def test_every_schema_of_the_document_is_a_schema(document: Any) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_operation_is_told_apart_and_says_how_it_answers(document: Any) -> None:
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["responses"] for operation in operations)


def operations(document: Any) -> list[tuple[str, Any]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def contents(operation: Any) -> Iterator[tuple[str, Any]]:
    """Every body that is taken or answered, by where it stands."""
    places = {"request": operation.get("requestBody", {})} | operation["responses"]
    for place, body in places.items():
        for content in body.get("content", {}).values():
            yield place, content


def examples(content: Any) -> list[Any]:
    told = [each["value"] for each in content.get("examples", {}).values()]
    return [content["example"], *told] if "example" in content else told


def test_every_operation_says_what_it_does_and_how_it_refuses(document: Any) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        statuses = set(operation["responses"])
        if name != "get /health":
            assert statuses >= {"401", "422", "503"}, name
        if name.split()[0] != "get":
            assert "403" in statuses, name
        if "{task_id}" in name:
            assert "404" in statuses, name


def test_every_body_has_a_schema_and_an_example_that_fits_it(document: Any) -> None:
    components = {"components": document["components"]}
    for name, operation in operations(document):
        for place, content in contents(operation):
            assert content["schema"], (name, place)
            assert examples(content) or name.startswith("put /v1/blobs"), (name, place)
            validator = jsonschema_rs.validator_for(content["schema"] | components)
            for example in examples(content):
                validator.validate(example)


def test_every_refusal_is_the_same_body(document: Any) -> None:
    told = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _, operation in operations(document)
        for place, content in contents(operation)
        if place in ("401", "403", "404", "409", "413", "415")
    }
    assert told == {"Refusal"}
    problem = document["components"]["schemas"]["Problem"]["properties"]
    assert problem.keys() == Problem.__annotations__.keys()


def test_a_bulk_request_says_that_it_makes_or_refuses(document: Any) -> None:
    answers = document["paths"]["/v1/tasks:bulk"]["post"]["responses"]
    assert answers["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/BulkDryRun")
    assert answers["201"]["content"]["application/json"]["schema"]["$ref"].endswith("/BulkAccepted")
    either = answers["422"]["content"]["application/json"]["schema"]["anyOf"]
    assert [one["$ref"].rpartition("/")[2] for one in either] == ["BulkAccepted", "Refusal"]


def test_the_examples_of_a_submission_are_tasks(document: Any) -> None:
    content = document["paths"]["/v1/tasks"]["post"]["requestBody"]["content"]["application/json"]
    schema = resolve(document, content["schema"]["$ref"])
    assert schema["properties"].keys() >= {"label", "params", "priority", "after"}
    for example in examples(content):
        read_spec(orjson.dumps(example))


def test_the_example_of_a_bulk_request_is_lines_of_tasks(document: Any) -> None:
    content = document["paths"]["/v1/tasks:bulk"]["post"]["requestBody"]["content"]
    for line in content["application/x-ndjson"]["example"].splitlines():
        read_spec(line.encode())


def test_metrics_are_what_prometheus_reads(house: House) -> None:
    house.run({"label": "dev-free"}, ending="error")
    done = house.run({"label": "dev-free"})
    house.hand.finish(done, ending="error")
    house.client.submit({"label": "power-off"})

    def sample(name: str, **labels: str) -> float | None:
        answer = house.ask("GET", "/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        for family in text_string_to_metric_families(answer.body.decode()):
            for found in family.samples:
                if found.name == name and found.labels == labels:
                    return float(found.value)
        return None

    assert sample("ygg_tasks_ended_total", label="dev-free", state="failed") == 1
    assert sample("ygg_tasks_ended_total", label="dev-free", state="succeeded") == 1
    assert sample("ygg_tasks_open", queue="power", state="waiting") == 1
    assert sample("ygg_executor_alive", executor="hand") == 1
    assert sample("ygg_broker_reachable") == 1
    wait_until(lambda: sample("ygg_outcomes_refused_total") == 1, "the refused outcome")


def test_health_says_how_each_part_is(house: House) -> None:
    found = house.client.health()
    assert found["ok"]
    assert found["version"] == __version__
    assert found["parts"].keys() >= {"database", "broker", "executors", "threads", "events"}
    assert "AOF on" in found["parts"]["broker"]["detail"]
    assert found["parts"]["executors"]["detail"] == "hand"


def test_health_says_that_an_event_could_not_be_read_and_stays_well(house: House) -> None:
    stream.emit(house.hand.redis, b"garbage")
    wait_until(lambda: not house.client.health()["parts"]["events"]["ok"], "the bad event")
    found = house.client.health()
    assert "1 that could not be read" in found["parts"]["events"]["detail"]
    assert found["ok"]


def test_a_number_beyond_64_bits_is_shown(house: House) -> None:
    done = house.run({"label": "dev-free"}, result={"n": 2**70})
    assert house.client.task(done)["result"] == {"n": 2**70}
