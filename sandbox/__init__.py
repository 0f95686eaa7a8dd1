"""Doing it: the gate, the backend, the episode loop and the fleet."""
