"""Strangers' archives, unpacked without harm."""
