"""A param typed on a command line is JSON where its label takes that, and text elsewhere."""

import pytest

from ygg.cli.params import read_given, read_params
from ygg.cli.read import Reader
from ygg.cli.retyped import send
from ygg.errors import BadInput, NeverAnnounced

KINDS = {"text": str, "count": int, "command": list, "env": dict}
WORDS = {"text": "text", "count": "a whole number", "command": "a list of text", "env": "an object"}


def label(task):
    """A coordinator's judgement: the first param that is of another kind is refused by name."""
    for name, value in task["params"].items():
        if not isinstance(value, KINDS[name]):
            field = f"params.{name}"
            message = f"{field} cannot be that"
            raise BadInput(message, field=field, allowed=[WORDS[name]], hint="ygg labels")
    return task["params"]


def submit(*given):
    texts = read_given(given, Reader())
    task = {"label": "x-y", "params": read_params(texts, None, Reader())}
    return send(label, task, texts)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (("text=1",), {"text": "1"}),
        (("text=true", "count=2"), {"text": "true", "count": 2}),
        (('text={"a": 1}', "text2=x")[:1], {"text": '{"a": 1}'}),
        (('text="1"',), {"text": "1"}),
        (("text=null", 'command=["ls"]'), {"text": "null", "command": ["ls"]}),
    ],
)
def test_what_the_label_takes_as_text_is_sent_as_it_was_typed(given, found):
    assert submit(*given) == found


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("command=ls", """--param command='["ls"]'"""),
        ('command="ls -l"', """--param command='["ls", "-l"]'"""),
        ("command=sh -c 'a b'", "--param command="),
        ("command=don't", """--param command='["don'"'"'t"]'"""),
        (f"command={'x' * 300}", "ygg labels"),
        ("env=x", """--param env='{"NAME": "value"}'"""),
        ('command=["ls"', "as JSON it is broken"),
        ("count=many", "ygg labels"),
        ("count=[1]", "ygg labels"),
    ],
)
def test_what_fits_neither_way_is_refused_with_how_to_write_it(given, hint):
    with pytest.raises(BadInput) as refused:
        submit(given)
    assert refused.value.message == f"params.{given.partition('=')[0]} cannot be that"
    assert (refused.value.hint or "").startswith(hint)


def test_the_second_mistake_is_told_when_the_first_is_mended():
    with pytest.raises(BadInput) as refused:
        submit("text=1", "count=many")
    assert refused.value.field == "params.count"


def test_other_refusals_pass_as_they_are():
    def refuse(_task):
        raise NeverAnnounced("no", field="label")

    with pytest.raises(NeverAnnounced):
        send(refuse, {"label": "x-y"}, {"text": "1"})


@pytest.mark.parametrize(
    ("name", "held", "found"),
    [("command", '["ls"]\n', ["ls"]), ("text", "7\n", "7\n"), ("env", '{"A": "b"}', {"A": "b"})],
)
def test_what_a_file_holds_is_taken_as_the_label_does(tmp_path, name, held, found):
    (tmp_path / "held").write_text(held)
    assert submit(f"{name}=@{tmp_path / 'held'}") == {name: found}
