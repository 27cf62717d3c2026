"""The handlers that come with an executor, one file a label family."""
