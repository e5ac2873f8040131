"""What starts when, and what becomes of it."""
