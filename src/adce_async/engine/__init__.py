"""What runs: knows ports, never adapters."""
