"""What commands believe of a result that an executor sent."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.cli.code_result import Branch, Change, branch_of, changes_of, is_code_result
from ygg.errors import YggError

DIGEST, OTHER = "a" * 64, "b" * 64
COMMIT, BASE = "c" * 40, "d" * 40

leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
names = st.sampled_from(["path", "before", "after", "content", "name", "commit", "base"])
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


def change(**fields):
    return {"path": "a.py", "before": DIGEST, "after": OTHER, "content": "x"} | fields


@pytest.mark.parametrize(
    ("result", "is_one"),
    [
        ({"verdict": "verified", "checks": []}, True),
        ({"verdict": "right", "checks": []}, False),
        ({"verdict": ["verified"], "checks": []}, False),
        ({"verdict": "verified"}, False),
        ({"exit_code": 0, "stdout": ""}, False),
        ("verified", False),
        (None, False),
    ],
)
def test_a_code_result_has_a_verdict_and_checks(result, is_one):
    assert is_code_result(result) is is_one


def test_changes_are_read_as_they_stand():
    found = changes_of({"changes": [change(), change(path="d/new", before=None, content=None)]})
    assert found == [
        Change("a.py", DIGEST, OTHER, "x"),
        Change("d/new", None, OTHER, None),
    ]
    assert changes_of({"changes": None}) == changes_of({}) == []


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/etc/passwd",
            "../up",
            "a/../b",
            "a//b",
            "./a",
            "",
            "a/",
            "..",
            "a\nb",
            "a\0b",
            "\ud800",
        ),
        *(".git/config", "sub/.git/hooks/pre-commit", ".GIT/config", ".git"),
    ],
)
def test_a_path_that_is_not_simply_below_the_folder_is_refused(path):
    with pytest.raises(YggError, match="may change"):
        changes_of({"changes": [change(path=path)]})


@pytest.mark.parametrize(
    "fields",
    [
        {"path": 1},
        {"before": "short"},
        {"after": DIGEST.upper()},
        {"after": DIGEST},
        {"content": ["x"]},
        {"before": None, "after": None},
    ],
)
def test_a_change_of_another_shape_is_refused(fields):
    with pytest.raises(YggError):
        changes_of({"changes": [change(**fields)]})


@pytest.mark.parametrize("name", ["main", "ygg/../main", "ygg/-x", "ygg/a b", "ygg/", "+ygg/a"])
def test_a_branch_lies_below_ygg(name):
    told = {"name": name, "commit": COMMIT, "base": BASE}
    with pytest.raises(YggError):
        branch_of({"branch": told})
    assert branch_of({"branch": told | {"name": "ygg/1q"}}) == Branch("ygg/1q", COMMIT, BASE)


@pytest.mark.parametrize("lacking", ["name", "commit", "base"])
def test_a_branch_without_its_commits_is_refused(lacking):
    with pytest.raises(YggError):
        branch_of({"branch": {"name": "ygg/1", "commit": COMMIT, "base": BASE} | {lacking: None}})


@given(anything)
def test_whatever_is_sent_is_read_or_refused(found):
    for read, name in ((changes_of, "changes"), (branch_of, "branch")):
        with contextlib.suppress(YggError):
            read({name: found})
