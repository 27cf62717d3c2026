"""`ygg completion`."""

from __future__ import annotations

import click

from ygg.cli.output import note, on_terminal, say

HOW = {
    "bash": 'eval "$(ygg completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(ygg completion zsh)"   # in ~/.zshrc',
    "fish": "ygg completion fish > ~/.config/fish/completions/ygg.fish",
}


@click.command()
@click.argument("shell", metavar="SHELL", type=click.Choice(tuple(HOW)))
def completion(shell: str) -> None:
    """Print the completion script of bash, zsh or fish.

    Labels, task ids, queues, machines and executors complete, too.
    """
    from click.shell_completion import get_completion_class

    from ygg.cli.root import ygg

    found = get_completion_class(shell)
    if found is not None:
        say(found(ygg, {}, "ygg", "_YGG_COMPLETE").source())
    if on_terminal():
        note(f"ygg: to have it always: {HOW[shell]}")
