"""Addresses: what a resolver, a URL and a certificate can take, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from registry.names import check_address
from ygg.addresses import is_address, is_host
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings

NONSENSE = (
    *(":7611", "localhost:0", "localhost:99999", "localhost:٣", "a b:7611", "a..b:7611"),
    *("x/y:7611", "-x:7611", "[::zz]:7611", "fd00::1:7611x", "a\n:7611"),
    *(f"{'a' * 64}:7611", f"{'.'.join(['a' * 60] * 5)}:7611", "u@h:7611", "h:07611", "h:+1"),
)


@pytest.mark.parametrize("text", NONSENSE)
@pytest.mark.parametrize("name", ["address", "listen"])
def test_nonsense_is_refused_with_an_example(text: str, name: str) -> None:
    if (name, text) == ("listen", ":7611"):
        return  # everywhere
    with pytest.raises(ValidationError, match=r"fenrir:\d+"):
        RegistrySettings.model_validate({name: text})


@pytest.mark.parametrize("text", ["fenrir:7430", "10.0.0.7:1", "[fd00::1]:65535", "a.b-c:443"])
def test_what_is_one_is_taken(text: str) -> None:
    assert RegistrySettings(address=text, listen=text).address == text


def test_one_with_other_letters_is_told_as_dns_has_it() -> None:
    with pytest.raises(ValidationError, match="xn--bcher-kva:7611"):
        RegistrySettings(address="bücher:7611")


PARTS = st.sampled_from([*"aZ09.-:[]/@ %٣ü", "::1", "localhost", "65535", "7430"])


@given(st.lists(PARTS, max_size=8).map("".join) | st.text(max_size=30))
def test_settings_and_image_names_judge_alike(text: str) -> None:
    """What is taken says the same to whoever reads it: our code, a URL, a resolver."""
    try:
        RegistrySettings(address=text)
    except ValidationError:
        assert not is_address(text)
        return
    check_address(text)
    host, _, port = text.rpartition(":")
    assert is_host(host)
    read = urlsplit(f"https://{text}/v2/")
    assert (read.hostname, read.port) == (host.strip("[]").lower(), int(port))
    host.encode("idna")


@given(st.lists(PARTS, max_size=8).map("".join))
def test_an_image_may_stand_at_a_host_without_a_port(text: str) -> None:
    try:
        check_address(text)
    except BadInput:
        assert not is_host(text)
    else:
        assert is_host(text) or is_address(text)
