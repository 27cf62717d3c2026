"""`ygg up` and `ygg down`."""

from __future__ import annotations

import click

from ygg.cli.output import note
from ygg.embedded import state
from ygg.embedded.plan import Wish
from ygg.settings import load


@click.command()
@click.option("--detach", is_flag=True, help="Return once the fleet works; it goes on behind.")
@click.option("--port", type=click.IntRange(1, 65535), help="The coordinator's port.")
@click.option("--concurrency", type=click.IntRange(1, 256), help="Tasks at a time.")
@click.option("--no-flower", is_flag=True, help="Leave out the queue browser.")
def up(detach: bool, port: int | None, concurrency: int | None, no_flower: bool) -> None:
    """Start a whole fleet on this machine: broker, coordinator, executor, Flower.

    It keeps its data in the data folder, and is restarted part by part if something dies.
    """
    wish = Wish(port=port, concurrency=concurrency, flower=not no_flower)
    settings = load()
    if settings.url:
        note(f"ygg: other verbs go to {settings.url}, as `url` or YGG_URL says, not to this fleet")
    if detach:
        from ygg.cli.detached import start

        start(settings, wish)
    else:
        from ygg.cli.foreground import run

        run(settings, wish)


@click.command()
@click.option("--now", is_flag=True, help="Do not wait for running tasks: others take them over.")
def down(now: bool) -> None:
    """Stop the fleet that `ygg up` started here, after its running tasks are done."""
    from ygg.cli.detached import stop

    settings = load()
    pid = state.holder(settings.data_dir)
    if pid is None:
        state.remove(settings.data_dir)
        note("ygg: no fleet runs here")
        return
    stop(settings, pid, now=now)
