"""What can be said of Python source, and done to it, by reading alone: nothing here runs it."""
