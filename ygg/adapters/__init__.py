"""Wrappers, one an outside system: nothing else of ours knows their libraries or command lines."""
