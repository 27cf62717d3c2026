"""`ygg images build`."""

from __future__ import annotations

import platform
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.options import FAMILY, JSON, families_of
from registry.cli.words import size
from ygg.cli.output import note, say_json
from ygg.cli.run import check_installed
from ygg.cli.table import print_table

if TYPE_CHECKING:
    from registry.making.workshop import Made
    from registry.versions import Version

WIDTH = 90
NEEDS = ("packaging", "hatchling")


@click.command()
@FAMILY
@click.option("--version", required=True, metavar="VERSION", help="MAJOR.MINOR.PATCH.")
@click.option("--base", metavar="IMAGE", help="What all of them stand on.")
@click.option(
    "--source",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    help="The clone to build of; by default the one this command is from.",
)
@click.option("--no-cache", is_flag=True, help="Build all layers, those that are there too.")
@JSON
def build(
    names: tuple[str, ...],
    version: str,
    base: str | None,
    source: str | None,
    no_cache: bool,
    as_json: bool,
) -> None:
    """Build images of a clone of Yggdrasil with podman, of all families or of those named.

    Each is called localhost/ygg-FAMILY:VERSION. Without --base it is the offline base that
    scripts/build-base.sh makes, where that has been run, else Debian 13.
    """
    from registry.making.source import own_clone
    from registry.versions import version_of

    found = version_of(version)
    wanted = families_of(names)
    clone = Path(source) if source else own_clone()
    check_installed("registry", NEEDS, "dev")
    with tidy_when_stopped():
        made = _build(wanted, found, base, clone, anew=no_cache)
    if as_json:
        say_json([_as_json(one) for one in made])
        return
    rows = [(str(one.name), one.digest, size(one.size_bytes), f"{one.seconds:.0f}") for one in made]
    print_table(("IMAGE", "DIGEST", "SIZE", "SECONDS"), rows, whole=("IMAGE", "DIGEST"))


def _build(
    wanted: Sequence[str], version: Version, base: str | None, clone: Path, *, anew: bool
) -> list[Made]:
    from registry.families import FAMILIES
    from registry.making.bases import base_of, cache_folder, nothing
    from registry.making.pins import WheelPlatform
    from registry.making.source import source_of
    from registry.making.workshop import Workshop

    cache = cache_folder()
    needs_base = any(FAMILIES[one].runs for one in wanted)
    shop = Workshop(
        source=source_of(clone),
        base=base_of(base, cache) if needs_base else nothing(),
        version=version,
        platform=WheelPlatform(platform.machine()),
        cache=cache,
        tell=lambda family, what: note(f"ygg: {family}: {what[:WIDTH]}"),
        anew=anew,
    )
    note(f"ygg: of commit {shop.source.revision}, on {shop.base.name}")
    if shop.source.is_dirty:
        note("ygg: the clone holds what is in no commit: these images are for trying out")
    return list(shop.build(wanted))


@contextmanager
def tidy_when_stopped() -> Iterator[None]:
    """Ended, or its terminal closed, it leaves as little half done as after ^C."""

    def stop(number: int, _: object) -> None:
        for one in before:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {
        one: signal.getsignal(one)
        for one in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(one) is not signal.SIG_IGN  # as nohup leaves it
    }
    for one in before:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _as_json(one: Made) -> dict[str, object]:
    return {
        "image": str(one.name),
        "id": one.id,
        "digest": one.digest,
        "size_bytes": one.size_bytes,
        "seconds": round(one.seconds, 1),
    }
