"""The hands: a Celery worker that runs handlers. It knows queues, leases and streams, no ledger."""
