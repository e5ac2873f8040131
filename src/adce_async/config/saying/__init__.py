"""Settings in words, and their schema."""
