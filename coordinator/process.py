"""The coordinator's process: what it claims, builds and serves. A signal stops it in order."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType

import uvicorn

from coordinator.address import claim_folder, listen
from coordinator.app import make_app
from coordinator.ledger.claim import Claim, claim_ledger, keep
from coordinator.parts import Parts, build, make_admin_token
from ygg import settings as ygg_settings
from ygg.embedded.ports import url_of
from ygg.errors import EXIT_FAILED, EXIT_OK, YggError
from ygg.log import set_up
from ygg.settings import Settings

logger = logging.getLogger("coordinator")

# So that a thread that applies a batch of events does not keep the API waiting for long.
SWITCH_SECONDS = 0.0005


def main() -> int:
    try:
        return run(ygg_settings.load())
    except YggError as error:
        print(f"ygg: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        return error.exit_code


def run(settings: Settings) -> int:
    set_up(settings.log_level)
    sys.setswitchinterval(SWITCH_SECONDS)
    at = settings.coordinator
    os.umask(0o077)  # what people submit is theirs
    lock = claim_folder(settings.data_dir)
    claim = claim_ledger(settings.ledger_url)
    parts = build(settings)
    file = make_admin_token(parts)
    sockets = listen(at.host, at.port)
    lock.say(url_of(at.host, at.port))
    logger.info(
        "listening on http://%s:%s, administrator's token in %s",
        at.host,
        at.port,
        file,
        extra={"action": "start"},
    )
    try:
        return _serve(parts, claim, sockets)
    finally:
        claim.release()
        lock.release()


class _Server(uvicorn.Server):
    """Remembers a Ctrl-C: when uvicorn raises it again at its end, nobody may be there to see."""

    interrupted = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.interrupted |= sig == signal.SIGINT
        super().handle_exit(sig, frame)


def _serve(parts: Parts, claim: Claim, sockets: list[socket.socket]) -> int:
    server = _Server(
        uvicorn.Config(
            make_app(parts),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    )
    lost = threading.Event()

    def stop() -> None:
        logger.error("another coordinator has the ledger now: stopping", extra={"action": "claim"})
        lost.set()
        server.should_exit = True

    threading.Thread(target=keep, args=(claim, parts.stop, stop), name="claim", daemon=True).start()
    try:
        server.run(sockets)
    except SystemExit:  # it logged why; its own code means something else with us
        return EXIT_FAILED
    if server.interrupted:
        raise KeyboardInterrupt
    return EXIT_OK if server.started and not lost.is_set() else EXIT_FAILED
