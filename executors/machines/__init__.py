"""Machines that tasks work on from outside: this one, or those reached over SSH."""
