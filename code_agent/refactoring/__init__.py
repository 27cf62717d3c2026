"""Code made simpler, and held against what it was."""
