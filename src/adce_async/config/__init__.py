"""The four files: what may stand in them, how they are read, how they are told."""
