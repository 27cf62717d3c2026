"""Finds in a repository what a question is about, and reads again only what has changed."""
