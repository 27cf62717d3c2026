"""A wire between one process and its broker that a test can cut, heal, and catch commands on."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Command = list[bytes]


class Proxy:
    """Passes commands on, one by one. What was under way when it was cut arrives when it heals."""

    def __init__(self, broker_port: int) -> None:
        self._broker = ("127.0.0.1", broker_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._whole = threading.Event()
        self._whole.set()
        self._closed = False
        self._catch: Callable[[Command], bool] | None = None
        self._catch_reply: bytes | None = None
        self._change: Callable[[Command], Command] | None = None
        self.caught = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def cut(self) -> None:
        """Nothing gets through, and nobody is told."""
        self._whole.clear()

    def heal(self) -> None:
        self._whole.set()

    def catch(self, *words: bytes, after: int = 0) -> None:
        """Swallow a command that begins with these words, and cut the wire there."""
        self.caught.clear()
        left = [after]

        def wanted(command: Command) -> bool:
            if tuple(command[: len(words)]) != words:
                return False
            left[0] -= 1
            return left[0] < 0

        self._catch = wanted

    def catch_reply(self, needle: bytes) -> None:
        """Swallow the next answer that contains this, and cut the wire there."""
        self.caught.clear()
        self._catch_reply = needle

    def change(self, change: Callable[[Command], Command] | None) -> None:
        """Pass on what this makes of every command."""
        self._change = change

    def close(self) -> None:
        self._closed = True
        self._whole.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._accepting.join()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        self._whole.wait()
        try:
            broker = socket.create_connection(self._broker)
        except OSError:
            client.close()
            return
        self._sockets.append(broker)
        threading.Thread(target=self._pump, args=(self._replies, broker, client)).start()
        self._pump(self._requests, client, broker)

    def _pump(
        self,
        pass_on: Callable[[socket.socket, socket.socket], None],
        source: socket.socket,
        target: socket.socket,
    ) -> None:
        with contextlib.suppress(OSError):
            pass_on(source, target)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _requests(self, client: socket.socket, broker: socket.socket) -> None:
        rest = b""
        while data := client.recv(1 << 16):
            commands, rest = split_commands(rest + data)
            for command in commands:
                self._whole.wait()
                if self._catch is not None and self._catch(command):
                    self._catch = None
                    self._swallow()
                    return
                broker.sendall(pack(self._change(command) if self._change else command))

    def _replies(self, broker: socket.socket, client: socket.socket) -> None:
        while data := broker.recv(1 << 16):
            if self._catch_reply is not None and self._catch_reply in data:
                self._catch_reply = None
                self._swallow()
                return
            self._whole.wait()
            client.sendall(data)

    def _swallow(self) -> None:
        """Until it is healed, whoever sent this waits for an answer."""
        self._whole.clear()
        self.caught.set()
        self._whole.wait()


def pack(command: Command) -> bytes:
    parts = [b"$%d\r\n%s\r\n" % (len(part), part) for part in command]
    return b"*%d\r\n" % len(command) + b"".join(parts)


def split_commands(data: bytes) -> tuple[list[Command], bytes]:
    """The whole commands at the beginning, and the rest."""
    commands = []
    at = 0
    while found := _command(data, at):
        command, at = found
        commands.append(command)
    return commands, data[at:]


def _command(data: bytes, at: int) -> tuple[Command, int] | None:
    parts: Command = []
    head = _number(data, at)
    if head is None:
        return None
    count, at = head
    while len(parts) < count:
        head = _number(data, at)
        if head is None:
            return None
        size, at = head
        if len(data) < at + size + 2:
            return None
        parts.append(data[at : at + size])
        at += size + 2
    return parts, at


def _number(data: bytes, at: int) -> tuple[int, int] | None:
    """What follows `*` or `$`, and where the next line begins."""
    end = data.find(b"\r\n", at)
    return None if end < 0 else (int(data[at + 1 : end]), end + 2)
