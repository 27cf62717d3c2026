"""Where a task's log goes, piece by piece."""

import pytest

from ygg.cli.log_printer import LogPrinter, Where


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
