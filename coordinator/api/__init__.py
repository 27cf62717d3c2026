"""The HTTP surface: thin routers over `coordinator.service` and the ledger's reads."""
