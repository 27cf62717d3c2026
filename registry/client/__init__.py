"""The client of a registry that speaks the OCI distribution API."""
