"""Where a task's log goes, piece by piece."""

import os
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from ygg.cli.log_printer import LogPrinter, Where
from ygg.cli.output import note, say, say_json


def piece(sequence, stream, text, attempt=1, dropped=0):
    return {
        "attempt": attempt,
        "sequence": sequence,
        "at": 0.0,
        "stream": stream,
        "text": text,
        "dropped_bytes": dropped,
    }


@pytest.mark.parametrize(
    ("where", "out", "err"),
    [
        (Where.APART, "out\n", "err\n"),
        (Where.STDOUT, "out\nerr\n", ""),
        (Where.STDERR, "", "out\nerr\n"),
    ],
)
def test_each_stream_goes_where_it_is_wanted(capsys, where, out, err):
    printer = LogPrinter(where)
    printer.write(piece(1, "stdout", "out\n"))
    printer.write(piece(2, "stderr", "err\n"))
    assert capsys.readouterr() == (out, err)
    assert printer.wrote_stdout


def test_what_comes_again_is_printed_once(capsys):
    printer = LogPrinter(Where.APART)
    for sequence in (1, 2, 1, 2, 3):
        printer.write(piece(sequence, "stdout", f"{sequence}\n"))
    assert capsys.readouterr().out == "1\n2\n3\n"


def test_a_pipe_gets_no_line_end_that_the_task_did_not_write(capsys):
    printer = LogPrinter(Where.APART)
    printer.write(piece(1, "stdout", "no end"))
    printer.write(piece(2, "progress", "half"))
    printer.end_talk()
    assert capsys.readouterr() == ("no end", "ygg: half\n")
    printer.end_line()
    assert capsys.readouterr().out == "\n"


def test_remarks_begin_on_a_line_of_their_own(capsys):
    printer = LogPrinter(Where.APART)
    printer.write(piece(1, "stderr", "no end"))
    printer.write(piece(1, "stderr", "again\n", attempt=2, dropped=2000))
    assert capsys.readouterr().err == (
        "no end\nygg: attempt 2\nygg: 2,000 bytes of the log were dropped here\nagain\n"
    )


@contextmanager
def terminal():
    """Our streams on a real terminal, and what it was sent."""
    shown, under = os.openpty()

    def sent():
        print("(end)", end="", flush=True)
        found = b""
        while not found.endswith(b"(end)"):
            found += os.read(shown, 4096)
        return found.decode().removesuffix("(end)").replace("\r\n", "\n")

    with os.fdopen(under, "w") as out, redirect_stdout(out), redirect_stderr(out):
        yield sent
    os.close(shown)


@pytest.mark.parametrize("where", Where)
def test_a_task_cannot_steer_the_terminal(where):
    printer = LogPrinter(where)
    pieces = ["\x1b[31mred\x1b[", "0m\n\x1b", "]52;c;aGk=\x07", "\x1b[2J"]
    with terminal() as sent:
        for sequence, text in enumerate(pieces):
            printer.write(piece(sequence, "stdout", text))
        printer.end_talk()
        assert sent() == "\x1b[31mred\x1b[0m\n␛]52;c;aGk=␇␛[2J\n"


def test_the_colours_of_a_task_end_with_it():
    printer = LogPrinter(Where.APART)
    with terminal() as sent:
        printer.write(piece(1, "stderr", "50%\r"))
        printer.write(piece(2, "stderr", "\x1b[31mred\n"))
        printer.end_talk()
        assert sent() == "50%\n\x1b[31mred\n\x1b[0m"


def test_a_pipe_gets_every_byte_as_it_was(capsys):
    printer = LogPrinter(Where.APART)
    written = "\x1b[31m\x1b]0;title\x07\r50%\r\n\x9b2J\x1b"
    printer.write(piece(1, "stdout", written))
    printer.end_talk()
    assert capsys.readouterr().out == written


def test_a_result_cannot_steer_the_terminal_and_a_pipe_gets_it_as_it_is(capsys):
    text = "\x1b[1mbold\x1b[0m\x1b]0;title\x07"
    say(text)
    assert capsys.readouterr().out == text + "\n"
    with terminal() as sent:
        say(text)
        note(text)
        say_json({"text": "\x1b[2J\x9b2J"})
        steered = "\x1b[1mbold\x1b[0m␛]0;title␇\n"
        assert sent() == steered * 2 + '{\n  "text": "\\u001b[2J\\u009b2J"\n}\n'
