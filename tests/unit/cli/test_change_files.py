"""Files of a result, put in place: all of them, or nothing at all."""

import hashlib
import os
import stat
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.cli.change_files import look, write
from ygg.cli.code_result import Change
from ygg.errors import BadInput, Conflict, YggError


def digest(content):
    return None if content is None else hashlib.sha256(content).hexdigest()


def change(path, before, after):
    return Change(path, digest(before), digest(after), None)


def apply(folder, *wanted):
    """`wanted` are a path, what it was and what it becomes."""
    places = look(folder, [change(*each) for each in wanted])
    write(places, [after for _, _, after in wanted])


def tree(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_files_are_changed_made_and_removed(tmp_path):
    (tmp_path / "a.py").write_bytes(b"old\r\n")
    (tmp_path / "gone").write_bytes(b"x")
    apply(
        tmp_path,
        ("a.py", b"old\r\n", b"new\xff\r\n"),
        ("deep/er/b", None, b""),
        ("gone", b"x", None),
    )
    assert tree(tmp_path) == {"a.py": b"new\xff\r\n", "deep/er/b": b""}


def test_a_file_keeps_its_mode_and_a_new_one_takes_the_usual(tmp_path):
    (tmp_path / "run.sh").write_bytes(b"old")
    (tmp_path / "run.sh").chmod(0o750)
    (tmp_path / "usual").touch()
    apply(tmp_path, ("run.sh", b"old", b"new"), ("fresh", None, b"x"))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes["run.sh"] == 0o750
    assert modes["fresh"] == modes["usual"]


@pytest.mark.parametrize(
    ("path", "before", "told"),
    [
        ("b", b"other", "b has changed since"),
        ("b", None, "b is there already"),
        ("missing", b"x", "missing is not there"),
    ],
)
def test_nothing_is_written_when_one_file_is_not_as_it_was(tmp_path, path, before, told):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").write_bytes(b"mine")
    before_all = tree(tmp_path)
    with pytest.raises(Conflict, match=told) as refused:
        apply(tmp_path, ("a", b"old", b"new"), (path, before, b"new"))
    assert tree(tmp_path) == before_all
    assert ("--dir" in refused.value.hint) == (path == "missing")


def test_what_is_in_place_already_is_no_obstacle(tmp_path):
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    places = look(tmp_path, [change("a", b"old", b"new"), change("b", b"old", b"new")])
    assert [place.is_done for place in places] == [True, False]
    assert look(tmp_path, [change("gone", b"x", None)])[0].is_done


def test_a_link_is_followed_within_the_folder(tmp_path):
    home = tmp_path / "home"
    (home / "real").mkdir(parents=True)
    (home / "real" / "a").write_bytes(b"old")
    (home / "link").symlink_to("real")
    (home / "a").symlink_to("link/a")
    apply(home, ("a", b"old", b"new"))
    assert (home / "a").is_symlink()
    assert (home / "real" / "a").read_bytes() == b"new"


@pytest.mark.parametrize("way", ["file", "folder", "dangling", "git"])
def test_no_link_leads_out_or_to_what_git_obeys(tmp_path, way):
    home, outside = tmp_path / "home", tmp_path / "outside"
    for folder in (home, outside, home / ".git"):
        folder.mkdir()
    (outside / "a").write_bytes(b"old")
    path, target = {
        "file": ("a", outside / "a"),
        "folder": ("d", outside),
        "dangling": ("a", outside / "none"),
        "git": ("d", home / ".git"),
    }[way]
    (home / path).symlink_to(target)
    wanted = {
        "file": ("a", b"old", b"new"),
        "folder": ("d/a", b"old", b"new"),
        "dangling": ("a", None, b"new"),
        "git": ("d/config", None, b"new"),
    }[way]
    with pytest.raises(BadInput, match="leads out"):
        apply(home, wanted)
    assert tree(outside) == {"a": b"old"}


def test_a_circle_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(BadInput):
        apply(tmp_path, ("a", None, b"x"))


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    apply(tmp_path / "link", ("a", None, b"x"))
    assert (tmp_path / "real" / "a").read_bytes() == b"x"


@pytest.mark.parametrize("kind", ["folder", "fifo"])
def test_what_is_no_file_is_not_read(tmp_path, kind):
    os.mkfifo(tmp_path / "a") if kind == "fifo" else (tmp_path / "a").mkdir()
    with pytest.raises(BadInput, match="no file"):
        apply(tmp_path, ("a", None, b"x"))


def test_two_names_of_one_file_are_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(BadInput, match="two of its files"):
        apply(tmp_path, ("a", b"old", b"1"), ("b", b"old", b"2"))


def test_a_file_that_another_would_make_a_folder_of_is_refused(tmp_path):
    with pytest.raises(BadInput, match="beside"):
        apply(tmp_path, ("a", None, b"1"), ("a/b", None, b"2"))


def test_what_was_written_is_put_back_when_one_cannot_be(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "gone").write_bytes(b"keep me")
    wanted = [
        change("a", b"old", b"new"),
        change("new/er", None, b"x"),
        change("gone", b"keep me", None),
        change("last", None, b"x"),
    ]
    places = look(tmp_path, wanted)
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / "full").touch()
    with pytest.raises(BadInput, match="nothing was written"):
        write(places, [b"new", b"x", None, b"x"])
    assert tree(tmp_path) == {"a": b"old", "gone": b"keep me", "last/full": b""}
    assert not (tmp_path / "new").exists()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_folder_that_cannot_be_made_changes_nothing(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(BadInput, match="nothing was written"):
        apply(tmp_path, ("a", b"old", b"new"), ("file/b", None, b"y"))
    assert tree(tmp_path) == {"a": b"old", "file": b"x"}


parts = st.text(string.ascii_lowercase, min_size=1, max_size=2)
paths = st.lists(parts, min_size=1, max_size=3).map("/".join)
contents = st.none() | st.binary(max_size=3)


@given(present=st.dictionaries(paths, st.binary(max_size=3), max_size=4), data=st.data())
def test_a_tree_becomes_what_was_wanted_or_stays_what_it_was(tmp_path_factory, present, data):
    folder = tmp_path_factory.mktemp("tree")
    for path, content in present.items():
        try:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        except OSError:
            continue  # a file and a folder of one name
    before = tree(folder)
    wanted = data.draw(
        st.lists(st.tuples(paths | st.sampled_from([*before, "a"]), contents), max_size=4)
    )
    told = [(path, before.get(path), after) for path, after in wanted]
    told = [each for each in told if each[1] != each[2]]
    try:
        apply(folder, *told)
    except YggError:
        assert tree(folder) == before
    else:
        expected = before | {path: after for path, _, after in told}
        assert tree(folder) == {name: text for name, text in expected.items() if text is not None}
