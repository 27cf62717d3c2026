"""One run of the command line: parse, call the verb, and report what went wrong, once."""

from __future__ import annotations

import os
import sys

import click

from ygg.cli import streams
from ygg.cli.output import note
from ygg.cli.root import ygg
from ygg.errors import EXIT_OK, EXIT_USAGE, BadInput, Denied, NotFound, YggError

EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141
"""What a shell shows for a program that SIGPIPE ended."""

_COMPLETE = "_YGG_COMPLETE"


def run(arguments: list[str]) -> int:
    streams.prepare()
    try:
        code = _call(arguments)
        streams.flush()
    except YggError as error:
        report(error)
        code = error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = EXIT_OK
    except click.ClickException as error:
        report(_from_click(error))
        code = EXIT_USAGE
    except (KeyboardInterrupt, click.Abort):
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        streams.discard(sys.stdout)
        code = EXIT_CLOSED_PIPE
    except OSError as error:
        code = _refused(error)
    return code


def report(error: YggError) -> None:
    where = f"line {error.line}: " if error.line is not None else ""
    lines = [f"ygg: {where}{error.message}"]
    if error.field:
        lines.append(f"  field: {error.field}")
    if error.allowed:
        lines.append(f"  allowed: {', '.join(error.allowed)}")
    hint = error.hint or _next_step(error)
    if hint:
        lines.append(f"  hint: {hint}")
    note("\n".join(lines))


def _call(arguments: list[str]) -> int:
    if _COMPLETE in os.environ:
        ygg.main(arguments, prog_name="ygg", complete_var=_COMPLETE)
    _refuse_undecodable(arguments)
    try:
        with ygg.make_context("ygg", arguments or ["--help"]) as context:
            ygg.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return EXIT_OK


def _refused(error: OSError) -> int:
    from ygg.cli.mishaps import explain, explain_output

    if error.filename is None and streams.is_refused():
        streams.discard(sys.stdout)
        explained = explain_output(error)
    else:
        explained = explain(error)
    report(explained)
    return explained.exit_code


def _next_step(error: YggError) -> str | None:
    if isinstance(error, Denied):
        return "set YGG_TOKEN to a token of a higher role; an administrator makes one: ygg token"
    if isinstance(error, NotFound) and error.allowed is None:
        return "`ygg list` shows the latest tasks"
    return None


def _from_click(error: click.ClickException) -> BadInput:
    context = getattr(error, "ctx", None)
    verb = context.command_path if context else "ygg"
    return BadInput(" ".join(error.format_message().split()), hint=f"{verb} --help")


def _refuse_undecodable(arguments: list[str]) -> None:
    """Bytes that are no UTF-8 arrive as lone surrogates, which nothing further on can carry."""
    for place, argument in enumerate(arguments):
        try:
            argument.encode()
        except UnicodeEncodeError:
            before = arguments[place - 1] if place else ""
            name = argument.partition("=")[0] if argument.startswith("--") else before
            raise BadInput(
                f"argument {argument!r} is not valid UTF-8",
                field=name if name.startswith("-") else f"argument {place + 1}",
            ) from None
