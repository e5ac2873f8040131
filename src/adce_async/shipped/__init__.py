"""The configuration and the inventory that come with the program (links to those of the repository)."""
