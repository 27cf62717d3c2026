"""Labels, routes and queue names."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from ygg.errors import BadInput, UnknownLabel
from ygg.labels import (
    DEFAULT_ROUTES,
    LABEL_LENGTH,
    Route,
    Routes,
    check_label,
    machine_queue,
    nearest,
    prefix_of,
    queue_for,
)

words = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
labels = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){1,4}", fullmatch=True)
prefixes = st.from_regex(r"([a-z][a-z0-9]{0,3}-){1,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("label", "queue", "served_by"),
    [
        ("dev-run", "dev", "fenrir"),
        ("git-push", "git", "fenrir"),
        ("plan-week", "plan", "fenrir"),
        ("llm-ask", "llm", "surtr"),
        ("ollama-pull", "ollama", "surtr"),
        ("ops-disk", "ops", "huginn"),
        ("power-off", "power", "huginn"),
        ("code-refactor", "code", "code-agent"),
    ],
)
def test_every_family_has_its_queue_and_executor(label: str, queue: str, served_by: str) -> None:
    route = Routes().match(label)
    assert (route.queue, route.served_by) == (queue, served_by)


def test_an_executor_serves_the_queues_whose_routes_name_it() -> None:
    assert Routes().served_by("fenrir") == ["dev", "git", "plan"]
    assert Routes().served_by("nobody") == []


@given(st.lists(prefixes, min_size=1, max_size=8, unique=True), labels)
def test_the_longest_prefix_wins(known: list[str], label: str) -> None:
    routes = Routes(table=tuple(Route(prefix=each, queue=f"q{n}") for n, each in enumerate(known)))
    fitting = [each for each in known if label.startswith(each)]
    if fitting:
        assert routes.match(label).prefix == max(fitting, key=len)
    else:
        with pytest.raises(UnknownLabel) as refused:
            routes.match(label)
        assert refused.value.allowed == sorted(known)
        assert refused.value.field == "label"


@given(labels)
def test_what_no_prefix_claims_goes_to_the_default_queue_if_there_is_one(label: str) -> None:
    assume(not any(label.startswith(route.prefix) for route in DEFAULT_ROUTES))
    assert Routes(default_queue="rest").match(label).queue == "rest"
    assert Routes(default_queue="rest").match("dev-run").queue == "dev"


def test_the_queues_are_those_of_the_table_and_the_default() -> None:
    table = (Route(prefix="a-", queue="x"), Route(prefix="b-", queue="x"))
    assert Routes(table=table).queues() == ["x"]
    assert Routes(table=table, default_queue="rest").queues() == ["rest", "x"]


def test_a_route_of_ones_own_stands_beside_the_others_or_takes_the_place_of_one() -> None:
    photo = Route(prefix="photo-", queue="photo", served_by="fenrir")
    code = Route(prefix="code-", queue="gpu", requires=frozenset({"gpu"}))
    routes = Routes(extra=(photo, code))
    assert routes.match("photo-resize") == photo
    assert routes.match("code-refactor") == code
    assert routes.match("dev-run").queue == "dev"
    assert set(routes.queues()) == set(Routes().queues()) - {"code"} | {"gpu", "photo"}
    assert routes.served_by("fenrir") == ["dev", "git", "photo", "plan"]
    assert routes.served_by("code-agent") == []
    with pytest.raises(UnknownLabel) as refused:
        routes.match("film-cut")
    assert "photo-" in (refused.value.allowed or ())


@given(labels)
def test_labels_of_words_and_dashes_are_labels(label: str) -> None:
    assert check_label(label) == label
    assert label.startswith(prefix_of(label))


@given(st.text())
def test_whatever_passes_as_a_label_is_safe_to_name_things_by(text: str) -> None:
    try:
        check_label(text)
    except BadInput:
        return
    assert len(text) <= LABEL_LENGTH
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert "-" in text.strip("-")


@pytest.mark.parametrize(
    "text",
    ["", "dev", "dev-", "-run", "Dev-run", "dev_run", "dev-run\n", "dév-run", "1-run", "a--b"],
)
def test_what_is_no_label_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not a label") as refused:
        check_label(text)
    assert refused.value.field == "label"
    assert refused.value.allowed


def test_a_label_may_have_64_characters_and_no_more() -> None:
    assert check_label("a-" + "b" * 62)
    with pytest.raises(BadInput):
        check_label("a-" + "b" * 63)


@given(words)
def test_every_machine_has_a_queue_of_its_own(machine: str) -> None:
    assert machine_queue(machine) == f"on.{machine}"
    route = Routes().match("dev-run")
    assert queue_for(route, machine) == f"on.{machine}"
    assert queue_for(route, None) == "dev"


@given(st.text(max_size=80), words)
def test_no_machine_can_have_the_queue_of_a_family(machine: str, queue: str) -> None:
    try:
        name = machine_queue(machine)
    except BadInput:
        return
    assert name != Route(prefix="x-", queue=queue).queue


@pytest.mark.parametrize("machine", ["", "-a", "a-", "a.b", "A", "a b", "a\n", "a" * 64])
def test_what_is_no_machine_name_is_refused(machine: str) -> None:
    with pytest.raises(BadInput, match="is not a machine name") as refused:
        machine_queue(machine)
    assert refused.value.field == "on"


@pytest.mark.parametrize("prefix", ["", "dev", "Dev-", "-", "dev--", "dev-x_-"])
def test_a_route_needs_a_prefix_that_ends_in_a_dash(prefix: str) -> None:
    with pytest.raises(ValidationError, match="ending in a dash"):
        Route(prefix=prefix, queue="x")


@pytest.mark.parametrize("queue", ["", "on.fenrir", "a b", "A", "-a"])
def test_a_route_cannot_lead_to_a_machine_or_to_nonsense(queue: str) -> None:
    with pytest.raises(ValidationError, match="lower-case word"):
        Route(prefix="x-", queue=queue)


def test_the_nearest_word_is_the_one_that_was_meant() -> None:
    assert nearest("dve-run", ["dev-run", "ops-disk"]) == "dev-run"
    assert nearest("zzz", ["dev-run", "ops-disk"]) is None
