"""The trunk: what every Yggdrasil process shares. It imports nothing else of ours."""

__version__ = "0.1.0"
