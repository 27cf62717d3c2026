"""The verbs `ygg registry` and `ygg images`."""
