"""Serves one model file on loopback with OpenAI's API: `python -m ygg.models.serve`.

In a process of its own, since an executor forks: every task's process would hold the model.
"""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Never
from urllib.parse import urlsplit

import xllamacpp

from ygg.embedded.model import gguf_file
from ygg.embedded.secret_files import password
from ygg.errors import BadInput, YggError
from ygg.log import set_up
from ygg.machine_settings import EMBEDDED_MODEL_PORT, EMBEDDED_MODEL_URL, ModelSettings
from ygg.models.key import api_key
from ygg.settings import Settings, load

logger = logging.getLogger(__name__)

CHECKPOINTS = 4
"""States of a conversation that may be kept to go back to; each takes memory."""
BATCH_TOKENS = 2048
"""A text that becomes a vector must fit in as a whole."""
WARNINGS = 2
"""llama.cpp writes warnings and errors, and no prompts."""
STOPS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Serving:
    """What is served, where, and to whom."""

    file: Path
    name: str
    digest: str
    host: str
    port: int
    key: str


def main() -> int:
    try:
        serve(load())
    except YggError as error:
        sys.stderr.write(f"model: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  {error.hint}\n")
        return error.exit_code


def serve(settings: Settings) -> Never:
    """Until SIGTERM or SIGINT."""
    set_up(settings.log_level)
    # Before there are threads, so that none of llama.cpp's takes the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    serving = choose(settings)
    try:
        server = xllamacpp.Server(parameters(serving, settings.models))
    except RuntimeError as error:
        raise YggError(
            f"cannot serve {serving.file} on port {serving.port}: {error}",
            hint="is it a GGUF file, is there memory for it, and is the port free?",
        ) from error
    logger.info(
        "Serving %s at %s",
        serving.name,
        server.listening_address,
        extra={"action": "serve", "digest": serving.digest},
    )
    signal.sigwait(STOPS)
    # The server's own end would wait for answers that nobody may be waiting for any more.
    logging.shutdown()
    os._exit(0)


def choose(settings: Settings) -> Serving:
    file = gguf_file(settings)
    address = urlsplit(settings.models.url or EMBEDDED_MODEL_URL)
    if not address.hostname:
        raise BadInput("models.url has no host to listen on", field="models.url")
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Serving(
        file=file,
        name=settings.models.model or file.stem,
        digest=digest,
        host=address.hostname,
        port=address.port or EMBEDDED_MODEL_PORT,
        key=_key(settings),
    )


def parameters(serving: Serving, models: ModelSettings) -> xllamacpp.CommonParams:
    """The server's own bounds on memory are far above what a machine with other work can spare."""
    found = xllamacpp.CommonParams()
    found.model.path = str(serving.file)
    found.model_alias = {serving.name}
    found.model_tags = {f"sha256:{serving.digest}"}
    found.hostnames = [serving.host]
    found.port = serving.port
    found.api_keys = [serving.key]
    found.ui = False
    found.endpoint_slots = False
    found.verbosity = WARNINGS
    found.n_parallel = models.parallel
    found.n_ctx = models.context_tokens * models.parallel
    found.n_batch = found.n_ubatch = min(BATCH_TOKENS, models.context_tokens)
    found.cache_ram_mib = models.prompt_cache_bytes // 1024**2
    found.n_ctx_checkpoints = CHECKPOINTS
    found.embedding = True
    found.pooling_type = _POOLING[models.pooling]
    found.cpuparams.n_threads = found.cpuparams_batch.n_threads = models.threads or _threads()
    return found


def _threads() -> int:
    """Its threads wait for each other busily: with one core taken by somebody else, two were seen
    to be a fifth as fast as one."""
    limited = hasattr(os, "sched_getaffinity")  # a container may have some of the cores
    return max(1, (len(os.sched_getaffinity(0)) if limited else os.cpu_count() or 1) - 1)


_TYPES = xllamacpp.llama_pooling_type
_POOLING = {
    "mean": _TYPES.LLAMA_POOLING_TYPE_MEAN,
    "cls": _TYPES.LLAMA_POOLING_TYPE_CLS,
    "last": _TYPES.LLAMA_POOLING_TYPE_LAST,
    "model": _TYPES.LLAMA_POOLING_TYPE_UNSPECIFIED,
}


def _key(settings: Settings) -> str:
    """The one of the settings, or one that is made and kept for those who may read it."""
    if settings.models.api_key is None:
        settings.model_key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        password(settings.model_key_file)
    named = settings.models.model_copy(update={"api_key_file": settings.model_key_file})
    key = api_key(settings.models if settings.models.api_key is not None else named)
    if key is None:
        raise BadInput("the model's key is empty", field="models.api_key_file")
    return key


if __name__ == "__main__":
    sys.exit(main())
