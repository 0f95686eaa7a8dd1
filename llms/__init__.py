"""Clients for language models behind an endpoint, for whoever asks: agents, refiners of tags."""
