"""A small table of numbers, for pages that nobody should wait for."""
