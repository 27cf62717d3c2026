"""`python -m coordinator.flower`: the queue browser on our broker, never without a password."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from ygg import settings as ygg_settings
from ygg.broker import celery_app
from ygg.errors import YggError
from ygg.settings import Settings

CONFIG = Path(__file__).with_name("flower_config.py")


def password_file(settings: Settings) -> Path:
    return settings.data_dir / "flower.password"


def password(settings: Settings) -> str:
    """Made at first use, kept in a file that only its owner reads."""
    file = password_file(settings)
    if file.is_file():
        return file.read_text().strip()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_urlsafe(18)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as target:
        target.write(secret + "\n")
    return secret


def main() -> int:
    try:
        settings = ygg_settings.load()
    except YggError as error:
        print(f"ygg: {error.message}", file=sys.stderr)
        return error.exit_code
    at = settings.flower
    # By environment: an argument can be read by everybody on the machine.
    os.environ["FLOWER_BASIC_AUTH"] = f"{at.user}:{password(settings)}"
    app = celery_app(settings)
    app.start(["flower", f"--address={at.host}", f"--port={at.port}", f"--conf={CONFIG}"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
