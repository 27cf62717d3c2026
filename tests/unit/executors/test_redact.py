from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.redact import MASK, RedactedStream, Redactor
from ygg.task import Ending, Outcome

SECRET = 'hunter2/"pass word"'
SECRETS = st.text(min_size=6, max_size=30).filter(lambda text: not text.isspace())


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        quote(SECRET, safe=""),
        json.dumps({"key": SECRET}),
    ],
)
def test_a_secret_is_masked_however_it_is_spelt(said: str) -> None:
    found = Redactor([SECRET]).text(f"before {said} after")
    assert SECRET not in found
    assert MASK in found
    assert "before " in found
    assert " after" in found


def test_the_lines_of_a_key_are_secret_too() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqh\nkiG9w0BAQEFAASC\n-----END KEY-----"
    assert Redactor([key]).text("x MIIEvQIBADANBgkqh y") == f"x {MASK} y"


@given(st.lists(SECRETS, min_size=1, max_size=3), st.data())
def test_no_secret_gets_through_in_pieces(secrets: list[str], data: st.DataObject) -> None:
    around = st.text(max_size=12)
    said = "".join(f"{data.draw(around)}{secret}" for secret in secrets) + data.draw(around)
    stream = RedactedStream(Redactor(secrets))
    out = ""
    rest = said
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        out += stream.write(rest[:size])
        rest = rest[size:]
    out += stream.tear()
    for secret in secrets:
        assert secret not in out.replace(MASK, "\0")


@given(st.lists(st.text(max_size=10)))
def test_without_secrets_everything_passes_at_once(parts: list[str]) -> None:
    stream = RedactedStream(Redactor(()))
    assert [stream.write(part) for part in parts] == parts
    assert stream.tear() == ""


def test_what_cannot_begin_a_secret_is_not_held_back() -> None:
    stream = RedactedStream(Redactor(["hunter2"]))
    assert stream.write("a line\n") == "a line\n"
    assert stream.write("nothing hun") == "nothing "
    assert stream.write("dred\n") == "hundred\n"


def test_an_outcome_is_masked_everywhere() -> None:
    outcome = Outcome(
        ending=Ending.ERROR,
        reason="could not use hunter2",
        hint="try hunter2",
        result={"hunter2": ["hunter2", 1, None, {"a": "b hunter2"}]},
        warnings=("hunter2 is old",),
    )
    assert "hunter2" not in Redactor(["hunter2"]).outcome(outcome).model_dump_json()


@given(SECRETS.filter(lambda secret: len(secret) > 12), st.text(max_size=8), st.data())
def test_half_a_secret_at_a_cut_is_masked(secret: str, beside: str, data: st.DataObject) -> None:
    redactor = Redactor([secret])
    cut = data.draw(st.integers(6, len(secret) - 6))
    assert secret[cut:] not in redactor.fragment(secret[cut:] + beside)
    assert secret[:cut] not in redactor.fragment(beside + secret[:cut])


def test_what_follows_on_a_gap_may_be_the_end_of_a_secret() -> None:
    stream = RedactedStream(Redactor(["hunter2-very-long"]))
    assert stream.write("say hunter2-v") == "say "
    assert stream.tear() == MASK
    assert stream.write("very-long and more") == f"{MASK} and more"
    assert stream.write("ery-long") == "ery-long"
