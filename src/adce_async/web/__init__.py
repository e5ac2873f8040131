"""The HTTP face of the running service."""
