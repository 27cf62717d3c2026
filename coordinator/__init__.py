"""The brain: accepts, routes, remembers, dispatches, recovers."""
