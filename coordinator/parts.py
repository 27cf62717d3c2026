"""The one place that puts the coordinator together."""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from redis import Redis

from coordinator.acceptance import Acceptance
from coordinator.aftermath import Aftermath
from coordinator.catalogue import Catalogue
from coordinator.changes import Changes
from coordinator.dispatcher import Dispatcher
from coordinator.drains import Drains
from coordinator.follow import BLOCK_SECONDS
from coordinator.ingest import Ingest
from coordinator.ledger import Ledger, read, tokens
from coordinator.ledger.ending import Bounds
from coordinator.ledger.migrate import upgrade
from coordinator.ledger.outcomes import Policy
from coordinator.log_ingest import LogIngest
from coordinator.metrics import Metrics
from coordinator.notices import notices
from coordinator.publisher import PUBLISH_SECONDS, Publisher
from coordinator.reaper import Reaper
from coordinator.registry_watch import RegistryWatch
from coordinator.service import Service
from coordinator.watch import Watch
from ygg.blobs import BlobFiles, Blobs
from ygg.broker import connect, place_of
from ygg.broker_link import link
from ygg.lease import Leases
from ygg.settings import Settings
from ygg.target import token_file

logger = logging.getLogger(__name__)


@dataclass
class Parts:
    """Everything that a request may need."""

    settings: Settings
    ledger: Ledger
    redis: Redis
    catalogue: Catalogue
    watch: Watch
    changes: Changes
    files: BlobFiles
    acceptance: Acceptance
    service: Service
    dispatcher: Dispatcher
    reaper: Reaper
    ingest: Ingest
    logs: LogIngest
    metrics: Metrics
    registry: RegistryWatch
    drains: Drains
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    failed_at: dict[str, float] = field(default_factory=dict)
    """When a thread last had to begin again."""

    def start(self) -> None:
        """Start what runs beside the API."""
        self.catalogue.refresh()
        self.watch.look()
        self.metrics.watch(self.ledger, self.catalogue, self.watch)
        for name, run in (
            ("watch", lambda stop: self.watch.run(stop, self.dispatcher.wake_all)),
            ("ingest", self.ingest.run),
            ("logs", self.logs.run),
            ("dispatcher", self.dispatcher.run),
            ("reaper", self.reaper.run),
            ("registry", self.registry.run),
            ("drains", self.drains.run),
        ):
            thread = threading.Thread(target=self._keep, args=(name, run), name=name, daemon=True)
            thread.start()
            self.threads.append(thread)

    def close(self) -> None:
        self.stop.set()
        self.dispatcher.wake_all()
        for thread in self.threads:
            thread.join(BLOCK_SECONDS + 5)
        self.watch.leave()
        self.ledger.close()
        self.redis.close()

    def _keep(self, name: str, run: Callable[[threading.Event], None]) -> None:
        """A part that fails in a way nobody foresaw says so and begins again."""
        while not self.stop.is_set():
            try:
                run(self.stop)
            except Exception:
                logger.exception("%s failed, and begins again", name, extra={"action": "restart"})
                self.failed_at[name] = time.monotonic()
                self.stop.wait(1.0)


def build(settings: Settings) -> Parts:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    ledger = Ledger(settings.ledger_url)
    upgrade(ledger)
    ledger.lengthen_log()
    catalogue = Catalogue(ledger, settings)
    changes = Changes(read.detail)
    metrics = Metrics()
    delivery = settings.delivery
    redis = connect(settings)
    files = BlobFiles(settings.blob_dir)
    place = place_of(settings)
    watch = Watch(connect(settings, timeout_seconds=2.0), ledger, catalogue, place)
    publisher = Publisher(settings, link(settings, PUBLISH_SECONDS), redis, files)
    dispatcher = Dispatcher(ledger, catalogue, watch, publisher, settings, changes.tell)
    bounds = Bounds(delivery.max_uncharged, delivery.max_not_offered)
    luck = random.Random()  # noqa: S311 - spreads retries, keeps no secret
    policy = Policy(bounds, luck, catalogue.able)
    aftermath = Aftermath(ledger, policy, changes, dispatcher, metrics)
    reader = socket.gethostname()
    ingest = Ingest(
        link(settings),
        ledger,
        catalogue,
        changes,
        policy,
        files,
        Blobs(redis, delivery),
        aftermath,
        reader,
    )
    leases = Leases(redis, delivery.keep_seconds)
    service = Service(
        ledger,
        redis,
        leases,
        dispatcher,
        aftermath,
        partial(notices, catalogue, watch),
        delivery.keep_seconds,
    )
    acceptance = Acceptance(settings, ledger, catalogue, watch, changes, files, dispatcher)
    return Parts(
        settings=settings,
        ledger=ledger,
        redis=redis,
        catalogue=catalogue,
        watch=watch,
        changes=changes,
        files=files,
        acceptance=acceptance,
        service=service,
        dispatcher=dispatcher,
        reaper=Reaper(redis, ledger, catalogue, watch, leases, dispatcher, aftermath, delivery),
        ingest=ingest,
        logs=LogIngest(connect(settings), ledger, changes, reader),
        metrics=metrics,
        registry=RegistryWatch(settings),
        drains=Drains(redis, ledger, catalogue, watch, dispatcher),
    )


def make_admin_token(parts: Parts) -> Path:
    """The token of this machine's own administrator, made at first start."""
    file = token_file(parts.settings.data_dir)
    with parts.ledger.write() as connection:
        known = tokens.find(connection, file.read_text().strip()) if file.is_file() else None
        if known is None:
            secret = tokens.new_secret()
            name = f"admin-{int(time.time() * 1000):x}"
            tokens.create(connection, name, tokens.Role.ADMIN, secret, time.time())
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as target:
                target.write(secret + "\n")
    return file
