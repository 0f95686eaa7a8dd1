"""What acts: the protocol, and the agents that can be named."""
