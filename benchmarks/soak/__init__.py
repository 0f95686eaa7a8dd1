"""A soak: many episodes at once while what holds them is killed at random."""
