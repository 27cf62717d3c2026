"""A whole fleet on one machine: what `ygg up` runs, where, and how it is found again."""
