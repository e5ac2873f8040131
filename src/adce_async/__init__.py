"""adce_async keeps a data lake complete, by itself, day and night."""

__version__ = "0.1.0"
__all__ = ["__version__"]
