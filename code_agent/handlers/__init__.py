"""The code labels, one a module."""
