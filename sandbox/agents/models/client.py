"""Moved to `llms.client`."""

from llms.client import Capabilities, Client, Conversation, Drawn, Tool, Turn

__all__ = ["Capabilities", "Client", "Conversation", "Drawn", "Tool", "Turn"]
