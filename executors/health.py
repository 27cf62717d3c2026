"""How an executor is, for whatever supervises it: told in a file, and over HTTP if asked for."""

from __future__ import annotations

import http.server
import json
import logging
import shutil
import threading
from http import HTTPStatus

from executors.clock import boottime
from executors.executor import Executor
from executors.sandbox import NoSandbox
from ygg import __version__
from ygg.errors import BadInput
from ygg.surroundings import in_container
from ygg.views import PartHealth
from ygg.vitals import Vitals, write

logger = logging.getLogger(__name__)

CONTAINER_PORT = 7422
"""Where containers say how they are, unless told otherwise."""
LOOK_SECONDS = 10.0
"""The loop that renews leases goes round ten times a second."""


class HealthTeller:
    """Called by presence at each beat: its silence is told by the file's age."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._file = executor.settings.vitals_file
        self.latest: Vitals | None = None

    def tell(self, broker_answers: bool) -> None:
        self.latest = vitals(self._executor, broker_answers)
        try:
            write(self._file, self.latest)
        except OSError as error:
            logger.warning("Cannot tell how it is: %s", error, extra={"action": "health"})

    def listen(self) -> None:
        """On a thread of its own, where the settings name a port, and in containers."""
        settings = self._executor.settings.executor
        port = settings.health_port or (CONTAINER_PORT if in_container() else None)
        if port is None:
            return
        try:
            server = _Server((settings.health_host, port), _Answer)
        except OSError as error:
            if settings.health_port is None:  # nobody asked for it
                logger.info("No /health: port %s: %s", port, error, extra={"action": "health"})
                return
            raise BadInput(
                f"cannot listen on {settings.health_host}:{port}: {error.strerror}",
                field="executor.health_port",
                hint="another executor of this machine may have it: give each its own",
            ) from error
        server.teller = self
        threading.Thread(target=server.serve_forever, name="health", daemon=True).start()


def vitals(executor: Executor, broker_answers: bool) -> Vitals:
    parts = {
        "broker": PartHealth(
            ok=broker_answers, detail="it answers" if broker_answers else "it does not answer"
        ),
        "coordinator": PartHealth(
            ok=not executor.refused, detail=executor.refused or "nothing against its version"
        ),
        "leases": _leases(executor),
        "disk": _disk(executor),
        "sandbox": _sandbox(executor),
    }
    # Without a sandbox untrusted tasks are refused; all others run.
    ok = all(part["ok"] for name, part in parts.items() if name != "sandbox")
    return Vitals(at=boottime(), ok=ok, version=__version__, parts=parts)


def _leases(executor: Executor) -> PartHealth:
    looked = executor.board.oldest_look()
    if looked is None:
        return PartHealth(ok=True, detail="none held by a task of its own process")
    seconds = boottime() - looked
    return PartHealth(ok=seconds < LOOK_SECONDS, detail=f"looked after {seconds:.1f} s ago")


def _disk(executor: Executor) -> PartHealth:
    settings = executor.settings
    try:
        free = shutil.disk_usage(settings.data_dir).free
    except OSError as error:
        return PartHealth(ok=False, detail=f"{settings.data_dir}: {error.strerror}")
    enough = free >= settings.executor.disk_free_bytes
    return PartHealth(ok=enough, detail=f"{free} bytes free in {settings.data_dir}")


def _sandbox(executor: Executor) -> PartHealth:
    found = executor.sandbox
    if isinstance(found, NoSandbox):
        return PartHealth(ok=False, detail=f"{found.reason}; {found.hint}")
    return PartHealth(ok=found is not None, detail=found.name if found else "it is off")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    teller: HealthTeller


class _Answer(http.server.BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/health":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        latest = self.server.teller.latest
        trouble = latest.trouble(boottime()) if latest else "it is starting"
        body = json.dumps(
            {"ok": not trouble, "trouble": trouble, "parts": latest.parts if latest else {}}
        ).encode()
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if trouble else HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Asked every few seconds: not worth a line."""
