"""The ledger: what was accepted and what became of it. The truth that everything else serves."""

from coordinator.ledger.database import Ledger

__all__ = ["Ledger"]
