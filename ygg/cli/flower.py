"""`ygg flower`."""

from __future__ import annotations

import click

from ygg.cli.output import note, on_terminal, say, say_json
from ygg.embedded import state
from ygg.embedded.ports import url_of
from ygg.errors import NotFound, Unreachable
from ygg.settings import load
from ygg.target import flower_password_file


@click.command()
@click.option("--print", "only_print", is_flag=True, help="Print where it is; open nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; open nothing.")
def flower(only_print: bool, as_json: bool) -> None:
    """Open the queue browser, and say how to log in."""
    settings = load()
    embedded = state.read(settings.data_dir)
    if embedded is not None and embedded.flower_url is None:
        raise NotFound(
            "this fleet runs without Flower", hint="ygg down, then ygg up without --no-flower"
        )
    file = flower_password_file(settings.data_dir)
    if embedded is None and not file.is_file():
        raise Unreachable(
            f"no fleet runs here, and {file} is not there",
            hint="ygg up --detach, or log in where Flower runs",
        )
    url = url_of(settings.flower.host, settings.flower.port)
    if embedded is not None and embedded.flower_url is not None:
        url = embedded.flower_url
    if as_json:
        say_json({"url": url, "user": settings.flower.user, "password_file": str(file)})
        return
    say(url)
    note(f"ygg: user {settings.flower.user}, password in {file}")
    note("ygg: Flower knows messages, not outcomes: what failed is in `ygg list --state failed`")
    if on_terminal() and not only_print:
        import webbrowser

        webbrowser.open(url)
