"""`ygg images push` and `pull`: between this machine's podman and the registry."""

from __future__ import annotations

import getpass
import socket
import time
from typing import TYPE_CHECKING

import click

from registry.cli.options import FAMILY, JSON, families_of
from registry.cli.reached import named, reached
from registry.cli.words import SHORT
from ygg.cli.output import note, say, say_json

if TYPE_CHECKING:
    from registry.client.registry import Registry
    from registry.moving.transfer import Moved, Parcel, Signer
    from registry.versions import Version
    from ygg.settings import Settings


@click.command()
@FAMILY
@click.option("--version", required=True, metavar="VERSION", help="As it was built.")
@click.option("--replace", is_flag=True, help="Although another image has this version.")
@click.option("--dirty", is_flag=True, help="Although it was built of what is in no commit.")
@JSON
def push(names: tuple[str, ...], version: str, replace: bool, dirty: bool, as_json: bool) -> None:
    """Push images that were built here, signed with the fleet's key.

    Each gets its version and its commit as tags, and `latest` if there is no newer release. One
    that was built of more than a commit is refused; with --dirty it is pushed, but not as `latest`.
    """
    from registry.home import home_of
    from registry.hosting.disk import check_room
    from registry.moving.transfer import access
    from registry.moving.transfer import push as push_one
    from registry.versions import version_of
    from ygg.settings import load

    settings, wanted = load(), version_of(version)
    check_room(home_of(settings).storage, settings.registry)
    signer = _signer(settings)
    done: list[Moved] = []
    with reached() as registry, access(settings, registry.address) as with_:
        for family in families_of(names):
            parcel = _parcel(registry, family, wanted, replace=replace, dirty=dirty)
            if not as_json:
                note(f"ygg: pushing {parcel.name.short}")
            done.append(push_one(registry, with_, parcel, signer))
            if not as_json:
                _say(done[-1])
    if as_json:
        say_json([_as_data(one) for one in done])


@click.command()
@click.argument("images", nargs=-1, required=True)
@JSON
def pull(images: tuple[str, ...], as_json: bool) -> None:
    """Pull images that the fleet has signed: executor:0.2.0, or by a digest."""
    from registry.home import home_of
    from registry.moving.transfer import access
    from registry.moving.transfer import pull as pull_one
    from registry.signatures.signing import read_public_key
    from ygg.settings import load

    settings = load()
    key = read_public_key(home_of(settings).public_key)
    done: list[Moved] = []
    with reached() as registry, access(settings, registry.address) as with_:
        for text in images:
            done.append(pull_one(registry, with_, named(text, registry), key))
            if not as_json:
                _say(done[-1])
    if as_json:
        say_json([_as_data(one) for one in done])


def _signer(settings: Settings) -> Signer:
    from registry.home import home_of
    from registry.moving.transfer import Signer
    from registry.signatures.signing import read_key

    by = f"{getpass.getuser()} on {socket.gethostname()}"
    return Signer(read_key(home_of(settings).signing_key), by, int(time.time()))


def _parcel(
    registry: Registry, family: str, version: Version, *, replace: bool, dirty: bool
) -> Parcel:
    from registry.moving.transfer import Parcel
    from registry.names import ImageName, built_here
    from registry.versions import revision_tag, tags_for
    from ygg.errors import NotFound

    here = built_here(family, str(version))
    local, repository = str(here), here.repository
    revision = _revision(local, f"ygg images build {family} --version {version}", dirty=dirty)
    try:
        there = registry.tags(repository)
    except NotFound:
        there = []
    return Parcel(
        local=local,
        name=ImageName(registry.address, repository, str(version)),
        tags=tuple(tags_for(version, revision, there)),
        revision_tag=revision_tag(revision),
        replace=replace,
    )


def _revision(local: str, build: str, *, dirty: bool) -> str:
    from registry.image_config import REVISION
    from registry.versions import is_dirty
    from ygg.adapters import podman_run
    from ygg.errors import BadInput, NotFound

    if not podman_run.exists(local):
        raise NotFound(f"there is no image {local} here", hint=build)
    revision = podman_run.local_image(local).labels.get(REVISION)
    if not revision:
        raise BadInput(
            f"{local} was not built by ygg images build: it does not say of which commit it is",
            field="image",
            hint=build,
        )
    if is_dirty(revision) and not dirty:
        raise BadInput(
            f"{local} was built of a clone with changes that are in no commit",
            field="image",
            hint=f"commit them, and: {build}; or push it for a trial with --dirty",
        )
    return revision


def _say(one: Moved) -> None:
    state = "  was there" if one.was_there else ""
    say(f"{one.name.short}  {one.digest[:SHORT]}  {' '.join(one.tags)}{state}")


def _as_data(one: Moved) -> dict[str, object]:
    return {
        "image": str(one.name),
        "digest": one.digest,
        "tags": list(one.tags),
        "was_there": one.was_there,
    }
