"""Projects that tasks work on: of what kind they are, what works on them, what came of it."""
