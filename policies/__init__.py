"""What may be done: the policy's model, its loader and the pure engine that decides."""
