"""It is `code_agent.checks.characterization`, for all labels."""

from __future__ import annotations

from code_agent.checks.characterization import SAME, Characterization

__all__ = ["SAME", "Characterization"]
