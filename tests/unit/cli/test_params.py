import pytest

from ygg.cli.params import read_given, read_params
from ygg.cli.read import Reader
from ygg.errors import BadInput


def read(*given, file=None):
    reader = Reader()
    return read_params(read_given(given, reader), file, reader)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("7", 7),
        ("7.5", 7.5),
        ("true", True),
        ("null", None),
        ('"7"', "7"),
        ('["a", 1]', ["a", 1]),
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        ("text", "text"),
        ("", ""),
        ("NaN", "NaN"),
        ("[1,", "[1,"),
        ("a=b", "a=b"),
        ("1" * 5000, "1" * 5000),
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
    ],
)
def test_a_value_is_json_if_it_parses_and_text_if_not(value, found):
    assert read(f"x={value}") == {"x": found}


@pytest.mark.parametrize(
    ("held", "found"), [("do it\n", "do it\n"), ('["ls", "-l"]\n', ["ls", "-l"]), ("7\n", 7)]
)
def test_a_file_is_read_as_a_value_is(tmp_path, held, found):
    (tmp_path / "value").write_text(held)
    assert read(f"x=@{tmp_path / 'value'}") == {"x": found}


def test_a_param_stands_over_the_file(tmp_path):
    file = tmp_path / "params.json"
    file.write_text('{"a": 1, "b": 2}')
    assert read("b=3", file=str(file)) == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("nothing",), "--param"),
        (("=1",), "--param"),
        (("x=1", "x=2"), "params.x"),
        (("x=" + "[" * 100_000,), "params.x"),
        (('x={"a": ["\\u0000"]}',), "params.x.a[0]"),
        (('x="\\ud800"',), "params.x"),
        (("x=@/nowhere/at/all",), "params.x"),
        (("x=@",), "params.x"),
    ],
)
def test_a_bad_param_is_refused_by_name(given, field):
    with pytest.raises(BadInput) as refused:
        read(*given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "not valid UTF-8"),
        (b"[1]", "no JSON object"),
        (b"{", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": ' + b"[" * 100_000, "too deeply"),
        (b'{"a": "\0"}', "NUL"),
    ],
)
def test_a_bad_params_file_is_refused(tmp_path, content, says):
    file = tmp_path / "params.json"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=says) as refused:
        read(file=str(file))
    assert refused.value.field == "--params-file"


@pytest.mark.parametrize("content", [b"caf\xe9", b"a\0b"])
def test_a_file_that_is_no_text_is_refused_as_a_param(tmp_path, content):
    file = tmp_path / "blob"
    file.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read(f"x=@{file}")
    assert refused.value.field == "params.x"
    assert "--file" in (refused.value.hint or "")
