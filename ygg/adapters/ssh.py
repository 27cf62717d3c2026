"""SSH, and nothing else here knows paramiko: log in, run commands, never trust a new host key."""

from __future__ import annotations

import select
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import paramiko

from ygg.adapters import ssh_errors
from ygg.adapters.ssh_login import Address, logged_in
from ygg.errors import BadInput

KEEP_BYTES = 64 * 1024
MOST_LINE_CHARACTERS = 8 * 1024
_READ_BYTES = 32 * 1024
_LOOK_SECONDS = 0.5
"""How long to wait at most before looking whether the connection still is there."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and the last of what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


OnLine = Callable[[str], None]


def command_line(argv: Sequence[str]) -> str:
    """One line that a POSIX shell at the other end reads as exactly these words."""
    for word in argv:
        if "\x00" in word:
            raise BadInput("a command must not contain NUL")
    return shlex.join(argv)


class Connection:
    """A login on one machine; each command has a channel of its own."""

    def __init__(self, address: Address, client: paramiko.SSHClient) -> None:
        self._where = address.where
        self._client = client

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float = 60,
        keep_bytes: int = KEEP_BYTES,
        on_line: OnLine | None = None,
    ) -> Ended:
        """Run a command to its end. `ConnectionLost` if there is none to be heard of."""
        line = command_line(argv)
        channel = self._open()
        try:
            channel.exec_command(line)
            output = _Output(channel, keep_bytes, on_line)
            deadline = time.monotonic() + timeout_seconds
            while output.pass_on():
                if time.monotonic() > deadline:
                    raise ssh_errors.too_slow(self._where, argv[0], timeout_seconds)
            code = channel.recv_exit_status()
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise ssh_errors.connection_lost(self._where) from error
        finally:
            channel.close()
        if code < 0:  # it went without saying how the command ended
            raise ssh_errors.connection_lost(self._where)
        return Ended(code, output.text(0), output.text(1))

    def _open(self) -> paramiko.Channel:
        transport = self._client.get_transport()
        if transport is None or not transport.is_active():
            raise ssh_errors.connection_lost(self._where)
        try:
            return transport.open_session()
        except paramiko.ChannelException as error:
            raise ssh_errors.no_channel(self._where, error.text) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise ssh_errors.connection_lost(self._where) from error


@contextmanager
def connected(address: Address) -> Iterator[Connection]:
    with logged_in(address) as client:
        yield Connection(address, client)


class _Output:
    """Reads both streams of a channel as they come, and keeps the end of each."""

    def __init__(self, channel: paramiko.Channel, keep_bytes: int, on_line: OnLine | None) -> None:
        self._channel = channel
        self._keep_bytes = keep_bytes
        self._tails = [b"", b""]
        self._lines = [_Lines(on_line), _Lines(on_line)] if on_line else []

    def pass_on(self) -> bool:
        """Wait for more, a little; False when there will be none."""
        select.select([self._channel], [], [], _LOOK_SECONDS)
        while self._channel.recv_ready():
            self._take(0, self._channel.recv(_READ_BYTES))
        while self._channel.recv_stderr_ready():
            self._take(1, self._channel.recv_stderr(_READ_BYTES))
        if self._channel.exit_status_ready() and self._ended():
            for lines in self._lines:
                lines.finish()
            return False
        return True

    def text(self, stream: int) -> str:
        return self._tails[stream].decode(errors="replace").replace("\x00", "\ufffd")

    def _ended(self) -> bool:
        # The exit status may overtake the last output. What the command left behind in the
        # background may hold the streams open for ever: sshd closes the channel all the same.
        left = self._channel.recv_ready() or self._channel.recv_stderr_ready()
        return not left and bool(self._channel.eof_received or self._channel.closed)

    def _take(self, stream: int, data: bytes) -> None:
        self._tails[stream] = (self._tails[stream] + data)[-self._keep_bytes :]
        if self._lines:
            self._lines[stream].take(data)


class _Lines:
    def __init__(self, on_line: OnLine) -> None:
        self._on_line = on_line
        self._rest = b""

    def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._rest) > MOST_LINE_CHARACTERS:
            self.finish()

    def finish(self) -> None:
        if self._rest:
            self._say(self._rest)
        self._rest = b""

    def _say(self, line: bytes) -> None:
        text = line.decode(errors="replace")
        for start in range(0, len(text) or 1, MOST_LINE_CHARACTERS):
            self._on_line(text[start : start + MOST_LINE_CHARACTERS])
