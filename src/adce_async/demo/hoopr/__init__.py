"""hoopR's release assets on GitHub, simulated."""
