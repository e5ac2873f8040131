"""The lake as tables: what is stored and verified, read by the sources' own readers."""
