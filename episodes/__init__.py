"""The shared language: records, the error tree, and the log that keeps them."""
