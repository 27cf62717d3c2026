"""`python -m coordinator`: the coordinator's process."""

from __future__ import annotations

import logging
import sys

import uvicorn

from coordinator.app import make_app
from coordinator.parts import build, make_admin_token
from ygg import settings as ygg_settings
from ygg.errors import YggError
from ygg.log import set_up

logger = logging.getLogger("coordinator")

# So that a thread that applies a batch of events does not keep the API waiting for long.
SWITCH_SECONDS = 0.0005


def main() -> int:
    try:
        settings = ygg_settings.load()
        set_up(settings.log_level)
        sys.setswitchinterval(SWITCH_SECONDS)
        parts = build(settings)
        file = make_admin_token(parts)
    except YggError as error:
        print(f"ygg: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    at = settings.coordinator
    logger.info(
        "listening on http://%s:%s, administrator's token in %s",
        at.host,
        at.port,
        file,
        extra={"action": "start"},
    )
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(parts),
            host=at.host,
            port=at.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
        )
    )
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
