"""Checks that several labels make of a candidate."""
