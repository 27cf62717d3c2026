"""`ygg flower`."""

from __future__ import annotations

import socket
from typing import NoReturn

import click

from ygg.cli.output import note, on_terminal, say, say_json
from ygg.embedded import state
from ygg.embedded.ports import reachable_host, url_of
from ygg.errors import Unreachable
from ygg.settings import Settings, load
from ygg.target import flower_password_file

NEEDS = ("celery", "flower", "redis")
EXTRA = "coordinator,flower"
ANSWER_SECONDS = 2.0


@click.command()
@click.option("--serve", is_flag=True, help="Run it here, in the foreground, behind its password.")
@click.option("--print", "only_print", is_flag=True, help="Print where it is; open nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; open nothing.")
def flower(serve: bool, only_print: bool, as_json: bool) -> None:
    """Open the queue browser, and say how to log in.

    `ygg up` runs one. For a fleet without `ygg up`, run it with --serve.
    """
    settings = load()
    if serve:
        _serve(settings)
    url = _find(settings)
    file = flower_password_file(settings.data_dir)
    if as_json:
        say_json({"url": url, "user": settings.flower.user, "password_file": str(file)})
        return
    say(url)
    _say_how_to_log_in(settings)
    note("ygg: it shows messages while they are new; `ygg list` knows every task and outcome")
    if on_terminal() and not only_print:
        import webbrowser

        webbrowser.open(url)


def _find(settings: Settings) -> str:
    embedded = _running(settings)
    if embedded is not None and embedded.flower_url is not None:
        return embedded.flower_url
    at = settings.flower
    url = url_of(at.host, at.port)
    try:
        socket.create_connection((reachable_host(at.host), at.port), ANSWER_SECONDS).close()
    except OSError as error:
        raise Unreachable(
            f"no Flower answers at {url}: {error.strerror or error}",
            hint="ygg flower --serve, or ygg up --detach, or open it where it runs",
        ) from error
    return url


def _running(settings: Settings) -> state.State | None:
    return state.read(settings.data_dir) if state.holder(settings.data_dir) else None


def _serve(settings: Settings) -> NoReturn:
    from ygg.cli.run import become, check_installed

    check_installed("coordinator", NEEDS, EXTRA)
    embedded = _running(settings)
    told = {}
    if embedded is not None and "redis_url" not in settings.model_fields_set:
        told["YGG_REDIS_URL"] = embedded.redis_url
    note(f"ygg: Flower, soon at {url_of(settings.flower.host, settings.flower.port)}")
    _say_how_to_log_in(settings)
    become("coordinator.flower", NEEDS, told, extra=EXTRA)


def _say_how_to_log_in(settings: Settings) -> None:
    file = flower_password_file(settings.data_dir)
    note(f"ygg: user {settings.flower.user}, password in {file}")
