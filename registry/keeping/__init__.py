"""What stays in the registry, what goes, and why."""
