"""What may be done: the policy model and the pure engine that decides by it."""
