"""What podman is told to build, by its whole command line, and what images are known by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry.families import FAMILIES, in_order, line_of
from registry.making import building
from registry.making.bases import PUBLIC, Base, nothing
from registry.making.context import Parts
from registry.making.source import Source, own_folder
from registry.names import ImageName
from registry.versions import version_of

RECIPES = own_folder() / "containerfiles"
RUN = [name for name, family in FAMILIES.items() if family.runs]
CONTEXT = Path("/build/context")
SOURCE = Source(Path("/clone"), "0" * 40, 1_700_000_000, is_dirty=True, url="https://git.test/ygg")
GROUND = "localhost/ygg-ground-base:0123456789abcdef"


def test_a_ground_is_built_without_network_and_hour() -> None:
    name = ImageName("localhost", "ygg-ground-executor", "0123456789abcdef")
    told = building.ground(FAMILIES["executor"], name, GROUND, CONTEXT, online=False)
    assert told == [
        *("podman", "build", "--format", "docker", "--timestamp", "1754697600", "--omit-history"),
        *("--identity-label=false", "--no-cache", "--layers", "--pull=never"),
        *("--network", "none", "--file", "/build/context/executor.containerfile"),
        *("--tag", "localhost/ygg-ground-executor:0123456789abcdef"),
        *("--build-arg", "SOURCE_DATE_EPOCH=1754697600", "--build-arg", f"BASE={GROUND}"),
        "/build/context",
    ]


def test_a_ground_may_ask_the_network_for_packages() -> None:
    name = ImageName("localhost", "ygg-ground-valkey", "0")
    told = building.ground(FAMILIES["valkey"], name, GROUND, CONTEXT, online=True)
    assert told[told.index("--network") + 1] == "private"


def test_our_code_is_installed_without_network() -> None:
    name = ImageName("localhost", "ygg-code-executor", "1")
    below = ImageName("localhost", "ygg-ground-executor", "2")
    assert building.code(name, below, CONTEXT) == [
        *("podman", "build", "--format", "docker", "--timestamp", "1754697600", "--omit-history"),
        *("--identity-label=false", "--no-cache", "--layers", "--pull=never"),
        *("--network", "none", "--file", "/build/context/code.containerfile"),
        *("--tag", "localhost/ygg-code-executor:1"),
        *("--build-arg", "SOURCE_DATE_EPOCH=1754697600"),
        *("--build-arg", "BASE=localhost/ygg-ground-executor:2"),
        "/build/context",
    ]


def test_each_package_of_ours_has_its_layers() -> None:
    run = "RUN --mount=type=bind,target=/build PYTHONHASHSEED=0 /opt/ygg/bin/python /build/our-code"
    assert building.code_recipe(FAMILIES["code-agent"]).splitlines() == [
        *("ARG BASE", "FROM ${BASE}", "USER root"),
        f"{run} ygg",
        f"{run} executors",
        f"{run} code_agent/checks code_agent/python",
        f"{run} code_agent",
        f"{run} program",
        "USER ygg",
    ]


def test_wheels_that_are_installed_elsewhere_stand_on_nothing_and_are_taken_as_they_are() -> None:
    family = FAMILIES["wheelhouse"]
    assert line_of("wheelhouse") == [family]
    assert building.code_recipe(family).splitlines() == [
        *("ARG BASE", "FROM ${BASE}"),
        "COPY --chmod=0644 wheels /wheels/",
    ]
    recipe = (RECIPES / "wheelhouse.containerfile").read_text()
    assert "FROM ${BASE}" in recipe
    assert "RUN" not in recipe
    made_of = building.labels(family, version_of("0.2.0"), SOURCE, nothing())
    assert made_of["org.opencontainers.image.base.name"] == "scratch"


def test_labels_say_what_it_is_made_of() -> None:
    base = Base("debian:13-slim", "1" * 64, None)
    assert building.labels(FAMILIES["executor"], version_of("0.2.0"), SOURCE, base) == {
        "org.opencontainers.image.title": "Yggdrasil executor",
        "org.opencontainers.image.version": "0.2.0",
        "org.opencontainers.image.revision": "0" * 40 + "-dirty",
        "org.opencontainers.image.source": "https://git.test/ygg",
        "org.opencontainers.image.created": "2023-11-14T22:13:20+00:00",
        "org.opencontainers.image.licenses": "MIT",
        "org.opencontainers.image.base.name": "debian:13-slim",
    }


def test_a_ground_has_another_name_when_another_thing_goes_in(tmp_path: Path) -> None:
    (tmp_path / "git.deb").write_bytes(b"2.47")
    family = FAMILIES["executor"]

    def name(below: str = GROUND, pins: str = "a==1", packages: Path | None = None) -> ImageName:
        return building.ground_name(family, below, Parts(RECIPES, pins=pins, packages=packages))

    assert name() == name()
    assert name().repository == "ygg-ground-executor"
    others = [name("another"), name(pins="a==2"), name(packages=tmp_path)]
    (tmp_path / "git.deb").write_bytes(b"2.48")
    others.append(name(packages=tmp_path))
    assert len({str(one) for one in [name(), *others]}) == 5


def test_our_code_has_another_name_with_another_wheel(tmp_path: Path) -> None:
    wheel, ground = tmp_path / "ours.whl", ImageName("localhost", "ygg-ground-executor", "2")
    wheel.write_bytes(b"one")
    before = building.code_name(FAMILIES["executor"], ground, wheel)
    assert building.code_name(FAMILIES["executor"], ground, wheel) == before
    wheel.write_bytes(b"two")
    assert building.code_name(FAMILIES["executor"], ground, wheel) != before


@pytest.mark.parametrize("name", RUN)
def test_each_family_stands_on_something_that_is_built_before(name: str) -> None:
    line = line_of(name)
    assert line[0].name == "base"
    assert line[-1].name == name
    assert in_order(one.name for one in line) == line


@pytest.mark.parametrize("name", RUN)
def test_each_recipe_is_for_anybody_and_ends_as_nobody_special(name: str) -> None:
    text = (RECIPES / f"{name}.containerfile").read_text()
    users = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    assert users[-1] == "ygg"
    assert "ARG BASE" in text
    assert "COPY" not in text  # what is mounted is in no layer


@pytest.mark.parametrize("name", [name for name in RUN if name not in ("base", "code-agent")])
def test_each_service_says_how_it_is(name: str) -> None:
    assert "HEALTHCHECK" in (RECIPES / f"{name}.containerfile").read_text()


def test_the_public_base_is_pinned_and_the_recipe_has_the_same() -> None:
    recipe = (RECIPES / "base.containerfile").read_text(encoding="utf-8")
    assert re.fullmatch(r"debian:13-slim@sha256:[0-9a-f]{64}", PUBLIC)
    assert f"ARG BASE={PUBLIC}\n" in recipe
