"""Tests for code that has none: asked for function by function, and kept if they notice faults."""
