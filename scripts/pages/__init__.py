"""What docs/reference/ says, made from the commands, labels, settings and HTTP routes themselves.

The pages are the same on every machine: help is wrapped at one width, and a default that depends
on the machine is described instead of shown.
"""
