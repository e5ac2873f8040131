"""Passes: what should be there against what is there."""
