from ygg.cli.schema import params_of
from ygg.task import TaskSpec


def test_params_are_told_by_name_type_default_and_meaning():
    schema = {
        "required": ["command"],
        "properties": {
            "command": {"type": "array", "items": {"type": "string"}, "examples": [["ls"]]},
            "depth": {"type": "integer", "minimum": 1, "default": 3, "description": "How\n  deep."},
            "mode": {"enum": ["a", "b"]},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            "kind": {"$ref": "#/$defs/Kind"},
        },
        "$defs": {"Kind": {"type": "string"}},
    }
    found = {param.name: param for param in params_of(schema)}
    assert found["command"].type == "array of string"
    assert found["command"].required
    assert found["command"].description == 'e.g. ["ls"]'
    assert (found["depth"].default, found["depth"].description) == ("3", "How deep. (at least 1)")
    assert found["mode"].type == '"a" | "b"'
    assert found["env"].type == "object of string"
    assert (found["note"].type, found["note"].default) == ("string | null", "null")
    assert found["kind"].type == "string"


def test_any_schema_that_pydantic_makes_can_be_told():
    assert {param.name for param in params_of(TaskSpec.model_json_schema())} >= {"label", "params"}


def test_a_label_without_params_has_none():
    assert params_of({}) == []
