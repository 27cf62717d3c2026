"""What the registry is told, and whom it lets in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from registry.home import Home, address_of
from registry.hosting.accounts import holds, line_of, make_account
from registry.hosting.configuration import as_yaml, mirror, serving
from ygg.errors import BadInput
from ygg.registry_settings import RegistrySettings

HOME = Home(Path("/srv/registry"), Path("/data/images"))
SETTINGS = RegistrySettings(address="fenrir:7430", metrics_port=7431)


def test_the_whole_of_it() -> None:
    assert yaml.safe_load(as_yaml(serving(SETTINGS, HOME, "mark"))) == {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": False}},
        "storage": {
            "filesystem": {"rootdirectory": "/data/images"},
            "delete": {"enabled": True},
            "maintenance": {
                "uploadpurging": {
                    "enabled": True,
                    "age": "24h",
                    "interval": "6h",
                    "dryrun": False,
                },
                "readonly": {"enabled": False},
            },
        },
        "http": {
            "addr": ":7430",
            "secret": "mark",
            "relativeurls": True,
            "headers": {"X-Content-Type-Options": ["nosniff"]},
            "tls": {
                "certificate": "/srv/registry/registry.pem",
                "key": "/srv/registry/registry.key",
                "minimumtls": "tls1.2",
            },
            "debug": {
                "addr": "127.0.0.1:7431",
                "prometheus": {"enabled": True, "path": "/metrics"},
            },
        },
        "health": {"storagedriver": {"enabled": True, "interval": "10s", "threshold": 3}},
        "auth": {"htpasswd": {"realm": "yggdrasil", "path": "/srv/registry/htpasswd"}},
    }


def test_nothing_is_taken_in_while_garbage_is_collected() -> None:
    told = yaml.safe_load(as_yaml(serving(SETTINGS, HOME, "mark").readonly))
    assert told["storage"]["maintenance"]["readonly"] == {"enabled": True}


def test_without_tls_it_is_for_this_machine_alone() -> None:
    plain = SETTINGS.model_copy(update={"plain_http": True})
    told = yaml.safe_load(as_yaml(serving(plain, HOME, "mark")))
    assert told["http"]["addr"] == "127.0.0.1:7430"
    assert "tls" not in told["http"]
    with pytest.raises(BadInput, match="listens on loopback alone"):
        serving(plain.model_copy(update={"listen": "10.0.0.7:7430"}), HOME, "mark")


def test_where_there_is_none_the_next_step_is_told() -> None:
    with pytest.raises(BadInput, match="knows of no registry") as refused:
        address_of(RegistrySettings())
    assert "ygg registry init" in (refused.value.hint or "")
    with pytest.raises(ValidationError, match="needs a port"):
        RegistrySettings(address="fenrir")


def test_an_account_has_a_password_that_is_kept(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "storage")
    make_account(home, "ygg")
    first = home.password.read_text().strip()
    assert holds(home.accounts, "ygg", first)
    assert not holds(home.accounts, "ygg", first + "x")
    assert not holds(home.accounts, "other", first)
    make_account(home, "ygg")
    assert home.password.read_text().strip() == first
    make_account(home, "ygg", anew=True)
    assert not holds(home.accounts, "ygg", first)
    assert [file.stat().st_mode & 0o777 for file in (home.password, home.accounts)] == [0o600] * 2


@pytest.mark.parametrize("user", ["", "a:b", "a b", "a\nb"])
def test_a_name_that_would_break_the_file_is_refused(user: str) -> None:
    with pytest.raises(BadInput, match="no name to log in with"):
        line_of(user, "secret")


@pytest.mark.parametrize(
    "url",
    [
        *("nonsense", "ftp://images.example", "https://", "https://a b", "https://u:p@a.example"),
        *("https://images.example:0", "https://images.example/?a=b", "https://images.example\n"),
    ],
)
def test_a_mirror_of_what_is_no_registrys_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match=r"https://images\.example"):
        RegistrySettings(mirror_of=url)


def test_ports_of_one_machine_differ() -> None:
    for told in (
        {"address": "fenrir:7430", "mirror_port": 7430},
        {"address": "fenrir:443", "listen": ":7430", "mirror_port": 7430},
        {"address": "fenrir:7430", "metrics_port": 7430},
        {"address": "fenrir:7430", "mirror_port": 7431, "metrics_port": 7431},
    ):
        with pytest.raises(ValidationError, match="are the same port"):
            RegistrySettings.model_validate(told)
    RegistrySettings(address="fenrir:443", listen=":7430", mirror_port=443)


@pytest.mark.parametrize("storage", ["/srv", "/srv/registry/mirror", "/srv/registry/mirror/a"])
def test_a_mirror_never_lies_where_images_do(storage: str) -> None:
    told = RegistrySettings(
        address="fenrir:7430", mirror_of="https://images.example", mirror_port=7431
    )
    with pytest.raises(BadInput, match="folders apart"):
        mirror(told, Home(Path("/srv/registry"), Path(storage)), "mark")
    found = mirror(told, HOME, "mark")
    assert found is not None
    assert found.storage == Path("/srv/registry/mirror")
