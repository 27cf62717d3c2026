"""Language models: one port, and the servers behind it."""
