"""Images on their way: pushed and pulled, signed as they go, and as files."""
