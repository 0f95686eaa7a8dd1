"""What runs inside containers, and the host-side files that go with it."""
