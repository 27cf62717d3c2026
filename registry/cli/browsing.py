"""`ygg images list --web`: the registry in a browser."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence

from registry.cli.reached import reached
from registry.home import home_of
from registry.looking.page import View
from registry.looking.showing import Server, view
from registry.signatures.signing import read_public_key
from ygg.cli.connect import connected
from ygg.cli.output import note, on_terminal, say
from ygg.errors import YggError
from ygg.settings import load
from ygg.views import ExecutorView


def show(port: int) -> None:
    """Until Ctrl-C."""
    key = read_public_key(home_of(load()).public_key)

    def make() -> View:
        with reached() as registry:
            return view(registry, key, _executors())

    make()  # what is wrong is told here, and not by a page
    with Server(port, make) as server:
        say(server.url)
        if on_terminal():
            note("ygg: Ctrl-C ends it")
            webbrowser.open(server.url)
        server.serve_forever()


def _executors() -> Sequence[ExecutorView] | None:
    try:
        with connected(timeout_seconds=5) as client:
            return client.executors()
    except YggError:
        return None
