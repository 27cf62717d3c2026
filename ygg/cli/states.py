"""Which states end a task, in plain words: the models of `ygg.task` cost too much to import."""

FINAL = frozenset({"succeeded", "failed", "cancelled", "rejected"})
SETTLED = FINAL | {"review"}
"""Nothing more happens by itself."""
ALL = ("waiting", "queued", "running", "cancelling", "review", *sorted(FINAL))
