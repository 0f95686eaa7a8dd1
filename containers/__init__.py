"""What runs inside containers, and the host-side files that go with it.

`guest/` runs inside and imports nothing of ours; `channel` is the host's end of the line to it;
the engine and the images are brought up from here. `sandbox` imports this package, never the
other way round.
"""
