"""`python -m coordinator.flower`: the queue browser on our broker, never without a password."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ygg import settings as ygg_settings
from ygg.broker import celery_app
from ygg.embedded.ports import why_not
from ygg.embedded.secret_files import password
from ygg.errors import YggError
from ygg.settings import Settings
from ygg.target import flower_password_file

CONFIG = Path(__file__).with_name("flower_config.py")


def main() -> int:
    try:
        run(ygg_settings.load())
    except YggError as error:
        print(f"ygg: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


def run(settings: Settings) -> None:
    at = settings.flower
    trouble = why_not(at.host, at.port)
    if trouble:
        raise YggError(
            f"Flower cannot listen: {at.host}:{at.port} {trouble}",
            hint="does one run already? else set flower.port (YGG_FLOWER__PORT)",
        )
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = password(flower_password_file(settings.data_dir))
    # By environment: an argument can be read by everybody on the machine.
    os.environ["FLOWER_BASIC_AUTH"] = f"{at.user}:{secret}"
    app = celery_app(settings)
    app.start(["flower", f"--address={at.host}", f"--port={at.port}", f"--conf={CONFIG}"])


if __name__ == "__main__":
    sys.exit(main())
