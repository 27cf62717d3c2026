"""The loop that makes a project's failing checks pass: where to look, what to ask, when to stop."""
