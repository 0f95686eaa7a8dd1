"""What an action means, with no opinion on it."""
