"""Redis: the Celery app, its delivery settings side by side with why, and plain connections."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from celery import Celery
from kombu import Exchange, Queue
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from ygg.errors import BrokerUnreachable

if TYPE_CHECKING:
    from ygg.settings import Settings

RUN = "ygg.run"
"""The one Celery task. Its only argument is a `Message`."""

SOCKET_TIMEOUT_SECONDS = 5.0


def connect(settings: Settings, *, timeout_seconds: float = SOCKET_TIMEOUT_SECONDS) -> Redis:
    """A connection whose every call ends in bounded time and is never silently tried again.

    A blocking read must ask for less than `timeout_seconds`.
    """
    return Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=timeout_seconds,
        socket_connect_timeout=min(timeout_seconds, 2.0),
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


def place_of(settings: Settings) -> str:
    """How a coordinator tells those of other ledgers where it is at work."""
    return f"{socket.gethostname()}:{settings.data_dir.resolve()}"


def unreachable(error: RedisError, doing: str) -> BrokerUnreachable:
    return BrokerUnreachable(
        f"the broker did not answer while {doing}: {error}",
        hint="is it running? `ygg doctor` says what it sees",
    )


def celery_app(settings: Settings, queues: Iterable[str] = ()) -> Celery:
    """For a worker that consumes `queues`, or for one who only looks."""
    app = Celery("ygg", set_as_current=False)
    app.conf.update(
        broker_url=settings.redis_url.get_secret_value(),
        broker_transport_options={
            # No second list of what was taken and not acknowledged: the ledger knows what was
            # begun and publishes again what got lost, and a message costs a third as much.
            "ack_emulation": False,
            "socket_timeout": SOCKET_TIMEOUT_SECONDS,
            "socket_connect_timeout": 2.0,
            "socket_keepalive": True,
            "health_check_interval": 10,
            # Bounds a publish to a broker that is not there; the dispatcher tries again itself.
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.1,
            "interval_max": 0.1,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # Recovery is the ledger's: lease expiry and a new attempt, never the broker's redelivery.
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        result_backend=None,
        task_serializer="json",
        accept_content=["json"],
        task_publish_retry=False,
        # A message held by a busy process helps nobody: what is not begun stays in the queue.
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        # Flower shows what happens; nothing of ours depends on these.
        worker_send_task_events=True,
        task_send_sent_event=False,
        event_queue_expires=60.0,
        event_queue_ttl=5.0,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=True,
        worker_proc_alive_timeout=30.0,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_queues=[_queue(name) for name in queues],
        task_default_queue="ygg.unrouted",
        task_create_missing_queues=True,
    )
    return app


def _queue(name: str) -> Queue:
    return Queue(name, Exchange(name, type="direct"), routing_key=name)
