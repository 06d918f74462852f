"""Faults that are injected into the command from outside, and what must hold of it all the same."""
