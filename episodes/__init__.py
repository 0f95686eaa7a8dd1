"""The shared language: records, the error tree, and the log that keeps them."""

__version__ = "0.1.0"
