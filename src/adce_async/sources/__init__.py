"""User land: one file a source."""
