"""Where actions run: containers, the pool that keeps them warm, and a backend in memory."""
