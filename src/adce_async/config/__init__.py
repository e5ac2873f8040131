"""One module a file, and the loader."""
