"""What systemd is told, whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from registry.home import Home
from registry.hosting.units import Kind, unit, variables_of
from ygg.registry_settings import RegistrySettings
from ygg.settings import Settings

HOME = Home(Path("/srv/registry"), Path("/data/images"))
SETTINGS = RegistrySettings(address="fenrir:7430", keep=("0.2.*", "a b"))
MIRRORING = RegistrySettings(
    address="fenrir:7430", mirror_of="https://images.example", mirror_port=7431
)
IMAGE = "localhost/ygg-registry:0.2.0"


def test_a_service_of_the_system() -> None:
    config = Path("/etc/yggdrasil/ygg.toml")
    told = {"YGG_DATA_DIR": "/srv/ygg", "YGG_REGISTRY__USER": "fleet", "PATH": "/bin"}
    told = variables_of(Settings(data_dir="/srv/ygg", registry=SETTINGS), told)
    made = unit("systemd", SETTINGS, HOME, config=config, image=IMAGE, is_root=True, variables=told)
    assert made.path == Path("/etc/systemd/system/ygg-registry.service")
    assert made.enable == "systemctl daemon-reload && systemctl enable --now ygg-registry"
    assert (
        made.text
        == f"""[Unit]
Description=Yggdrasil image registry
Wants=network-online.target
After=network-online.target
RequiresMountsFor=/srv/registry /data/images

[Service]
ExecStart={sys.executable} -P -m registry.hosting.serve
Environment=YGG_CONFIG=/etc/yggdrasil/ygg.toml
Environment=YGG_DATA_DIR=/srv/ygg
Environment=YGG_REGISTRY__USER=fleet
Environment=YGG_REGISTRY__HOME=/srv/registry
Environment=YGG_REGISTRY__STORAGE=/data/images
Restart=always
RestartSec=2
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=/srv/registry /data/images
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""
    )


def test_a_container_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/matt/.config")
    made = unit("quadlet", SETTINGS, HOME, config=None, image=IMAGE, is_root=False)
    assert made.path == Path("/home/matt/.config/containers/systemd/ygg-registry.container")
    assert made.enable == "systemctl --user daemon-reload && systemctl --user start ygg-registry"
    assert (
        made.text
        == """[Unit]
Description=Yggdrasil image registry
Wants=network-online.target
After=network-online.target

[Container]
ContainerName=ygg-registry
Image=localhost/ygg-registry:0.2.0
Pull=never
User=0
Environment=YGG_REGISTRY__ADDRESS=fenrir:7430
Environment='YGG_REGISTRY__KEEP=["0.2.*", "a b"]'
Environment=YGG_REGISTRY__HOME=/srv/registry
Environment=YGG_REGISTRY__STORAGE=/data/images
Network=host
ReadOnly=true
NoNewPrivileges=true
DropCapability=all
Volume=/srv/registry:/srv/registry:Z
Volume=/data/images:/data/images:Z

[Service]
Restart=always
RestartSec=2

[Install]
WantedBy=default.target
"""
    )


@pytest.mark.parametrize("kind", ["systemd", "quadlet"])
def test_a_mirror_may_write_to_its_folder_too(kind: Kind) -> None:
    inside = unit(kind, MIRRORING, HOME, config=None, image=IMAGE, is_root=True).text
    assert "MIRROR_STORAGE=/srv/registry/mirror\n" in inside
    home = Home(HOME.folder, HOME.storage, Path("/big/mirror"))
    apart = unit(kind, MIRRORING, home, config=None, image=IMAGE, is_root=True).text
    assert "MIRROR_STORAGE=/big/mirror\n" in apart
    line = {
        "systemd": "ReadWritePaths=/srv/registry /data/images /big/mirror\n",
        "quadlet": "Volume=/data/images:/data/images:Z\nVolume=/big/mirror:/big/mirror:Z\n",
    }
    assert line[kind] in apart


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("name", ["plain", "with space", "100%", "a'b", 'a"b'])
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    home = Home(folder, folder / "storage")
    told = {"YGG_REGISTRY__KEEP": '["0.2.*", "a b"]', "YGG_DATA_DIR": str(folder)}
    made = unit(
        *("systemd", MIRRORING, home),
        config=folder / "ygg.toml",
        image=IMAGE,
        is_root=True,
        variables=told,
    )
    file = tmp_path / made.path.name
    file.write_text(made.text)
    told = subprocess.run(
        ["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False
    )
    assert str(file) not in told.stderr, told.stderr
