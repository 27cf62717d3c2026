"""What lies in the registry: as a list, compared, and as a page."""
