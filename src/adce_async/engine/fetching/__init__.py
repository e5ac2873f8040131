"""Requests on the wire, within the limits of their source."""
