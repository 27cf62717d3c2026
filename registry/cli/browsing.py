"""`ygg images list --web`: the registry in a browser."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Sequence

from registry.cli.reached import fleets_key, reached
from registry.looking.page import View
from registry.looking.showing import LOOPBACK, Server, view
from ygg.cli.connect import connected
from ygg.cli.output import note, on_terminal, say
from ygg.errors import BadInput, YggError
from ygg.views import ExecutorView


def show(port: int) -> None:
    """Until Ctrl-C."""
    with reached():
        key = fleets_key()

    def make() -> View:
        with reached() as registry:
            return view(registry, key, _executors())

    make()  # what is wrong is told here, and not by a page
    with _listening(port, make) as server:
        say(server.url)
        if on_terminal():
            note("ygg: Ctrl-C ends it")
            webbrowser.open(server.url)
        server.serve_forever()


def _listening(port: int, make: Callable[[], View]) -> Server:
    try:
        return Server(port, make)
    except OSError as error:
        raise BadInput(
            f"cannot listen on port {port} of {LOOPBACK}: {error.strerror or error}",
            field="--port",
            hint="name another, or leave --port out for one that is free",
        ) from error


def _executors() -> Sequence[ExecutorView] | None:
    try:
        with connected(timeout_seconds=5) as client:
            return client.executors()
    except YggError:
        return None
