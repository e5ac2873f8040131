"""One attempt: from a task to a checked object in the lake."""
