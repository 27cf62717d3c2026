"""Params as a person reads them."""

from ygg.cli.label import meaning
from ygg.cli.schema import params_of
from ygg.task import TaskSpec

SCHEMA = {
    "required": ["command"],
    "properties": {
        "command": {"type": "array", "items": {"type": "string"}, "examples": [["ls"]]},
        "depth": {"type": "integer", "minimum": 1, "default": 3, "description": "How\n  deep."},
        "mode": {"enum": ["a", "b"]},
        "env": {"type": "object", "additionalProperties": {"type": "string"}},
        "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "default": None},
        "kind": {"$ref": "#/$defs/Kind", "description": "Which."},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}, "maxItems": 4},
        "named": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Step"}},
    },
    "$defs": {
        "Kind": {"type": "string", "pattern": "^k", "x-allowed": "a kind"},
        "Step": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "description": "Its name."},
                "then": {"anyOf": [{"$ref": "#/$defs/Step"}, {"type": "null"}]},
            },
        },
    },
}


def test_params_are_told_by_what_they_may_be_default_and_meaning():
    found = {param.name: param for param in params_of(SCHEMA)}
    assert meaning(found["command"]) == ["Required: a list of text", 'For example ["ls"]']
    assert meaning(found["depth"]) == ["3 if not given: a whole number not below 1", "How deep."]
    assert meaning(found["mode"]) == ["one of a, b"]
    assert meaning(found["env"]) == ["an object, each value text"]
    assert meaning(found["note"]) == ["text of at most 9 characters"]
    assert meaning(found["kind"]) == ["a kind", "Which."]


def test_what_stands_in_an_object_or_list_is_told_below_it():
    found = {param.name: param for param in params_of(SCHEMA)}
    assert found["steps"].allowed == "a list of objects with id (at most 4)"
    assert meaning(found["steps[].id"]) == ["Required: text", "Its name."]
    assert found["named.NAME.id"].required
    names = list(found)
    assert names.index("steps[].id") == names.index("steps") + 1


def test_a_schema_that_refers_to_itself_comes_to_an_end():
    assert max(param.name.count("then") for param in params_of(SCHEMA)) == 3


def test_any_schema_that_pydantic_makes_can_be_told():
    found = {param.name: param for param in params_of(TaskSpec.model_json_schema())}
    assert found.keys() >= {"label", "params", "inputs[].blob.sha256"}
    assert all(meaning(param) for param in found.values())


def test_a_label_without_params_has_none():
    assert params_of({}) == []
