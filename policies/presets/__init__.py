"""Policies that ship, named by name."""
