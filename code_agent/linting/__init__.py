"""Diagnostics of linters: found, and made to go away without being silenced."""
