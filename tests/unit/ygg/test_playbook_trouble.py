"""What was complained about on machines that are not this one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.adapters.playbook_trouble import MESSAGE_LENGTH, trouble_of


@pytest.mark.parametrize(
    ("stderr", "step"),
    [
        (
            "Error: copying system image from manifest list: writing blob: storing blob to file "
            '"/var/tmp/container_images_storage1/1": write: no space left on device',
            "make room there",
        ),
        (
            "Error: copying system image: Source image rejected: A signature was required, but no"
            " signature exists",
            "ygg images verify",
        ),
        (
            "Error: initializing source docker://10.0.0.1:5443/ygg-executor: pinging container"
            " registry 10.0.0.1:5443: dial tcp 10.0.0.1:5443: connect: connection refused",
            "ygg registry status",
        ),
        (
            "pinging container registry 10.0.0.1:5443: tls: failed to verify certificate: x509:"
            " certificate has expired or is not yet valid: current time 2019-01-01T00:00:05Z is"
            " before 2026-11-01T00:00:00Z",
            "timedatectl set-ntp true",
        ),
        (
            "Error: choosing an image from manifest list docker://10.0.0.1:5443/ygg-executor: no"
            ' image found in image index for architecture "arm64", variant "v8", OS "linux"',
            "another processor",
        ),
        ('{"msg":"exec container process `/usr/bin/ygg`: Exec format error"}', "another processor"),
        ("sudo: a password is required", "sudo without a password"),
        ("matt is not in the sudoers file.", "sudo without a password"),
        ("something else", ""),
    ],
)
def test_what_is_known_comes_with_what_to_do(stderr: str, step: str) -> None:
    said, found = trouble_of({"msg": "non-zero return code", "stderr": stderr}, is_away=False)
    assert said == f"non-zero return code: {stderr}"
    assert step in found
    assert bool(step) == bool(found)


def test_what_ssh_says_as_it_leaves_is_left_out() -> None:
    result = {
        "msg": "non-zero return code",
        "stderr": "Shared connection to 10.0.0.1 closed.\r\n",
        "stdout": "E: Unable to locate package\r\n",
    }
    assert (
        trouble_of(result, is_away=False)[0] == "non-zero return code: E: Unable to locate package"
    )


@given(
    st.none()
    | st.text()
    | st.dictionaries(
        st.sampled_from(["msg", "stderr", "module_stderr", "stdout", "rc"]),
        st.none() | st.text() | st.integers(),
    ),
    st.booleans(),
)
def test_anything_is_told_and_at_no_great_length(result: object, is_away: bool) -> None:
    said, _ = trouble_of(result, is_away=is_away)
    assert len(said) <= MESSAGE_LENGTH
