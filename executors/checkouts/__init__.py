"""Repositories elsewhere become files in a workspace; `executors.sources` is what handlers use."""
