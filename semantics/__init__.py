"""What an action means, with no opinion on it: commands read, paths in canonical form."""
