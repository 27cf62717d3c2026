"""`python -m coordinator`: the coordinator's process. A signal stops it in order and then ends it.

exit 1      the address cannot be listened on, another coordinator has the data folder, or our fault
exit 2, 4   the settings are not allowed; the database does not answer
"""

from __future__ import annotations

import logging
import socket
import sys

import uvicorn

from coordinator.address import claim_folder, listen
from coordinator.app import make_app
from coordinator.parts import build, make_admin_token
from ygg import settings as ygg_settings
from ygg.embedded.ports import url_of
from ygg.errors import EXIT_FAILED, EXIT_OK, YggError
from ygg.log import set_up
from ygg.settings import Settings

logger = logging.getLogger("coordinator")

EXIT_INTERRUPTED = 130

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
    lock = claim_folder(settings.data_dir)
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
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(parts), log_config=None, access_log=False, timeout_graceful_shutdown=3
        )
    )
    try:
        return _serve(server, sockets)
    finally:
        lock.release()


def _serve(server: uvicorn.Server, sockets: list[socket.socket]) -> int:
    try:
        server.run(sockets)
    except SystemExit:  # it logged why; its own code means something else with us
        return EXIT_FAILED
    except KeyboardInterrupt:  # Ctrl-C, after everything was stopped in order
        return EXIT_INTERRUPTED
    return EXIT_OK if server.started else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
