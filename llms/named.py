"""Models by name: `openai:MODEL[@URL]`, `anthropic:MODEL[@URL]`, `transformers:PATH_OR_ID`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from episodes.errors import AgentUnknown
from llms.client import Client


@dataclass(frozen=True)
class Provider:
    """A way to name models: its prefix is the extra that holds its SDK as well."""

    prefix: str
    """What comes before the colon."""
    load: Callable[[], Callable[..., Client]]
    """Gives what makes its clients: a callable of the name and the server's URL, or None."""
    here: bool = False
    """Whether the model is loaded into this process, and has no server."""

    @property
    def usage(self) -> str:
        """How it is written, for messages."""
        if self.here:
            return f"{self.prefix}:PATH_OR_ID for a model that is loaded here"
        return f"{self.prefix}:MODEL or {self.prefix}:MODEL@URL for a model behind an endpoint"

    def client(self, rest: str, **settings: Any) -> Client:
        """A client for what stands behind the colon.

        Raises:
            AgentUnknown: No model is named, what it needs is not installed, or it takes no such
                setting.
        """
        name, _, url = rest.partition("@http")
        try:
            make = self.load()
        except ImportError as problem:
            raise AgentUnknown(
                f"{self.prefix}:{rest}: {problem}; pip install 'longleash[{self.prefix}]'"
            ) from problem
        if not name:
            raise AgentUnknown(f"{self.prefix}:{rest}: no model is named; write {self.usage}")
        for setting in settings.keys() - inspect.signature(make).parameters.keys():
            option = f"--{setting.replace('_', '-')}"
            raise AgentUnknown(f"{self.prefix}:{rest}: it takes no {option}; leave that out")
        return make(name, f"http{url}" if url else None, **settings)


def _openai() -> Callable[..., Client]:
    from llms.openai_client import OpenAIClient

    return OpenAIClient


def _anthropic() -> Callable[..., Client]:
    from llms.anthropic_client import AnthropicClient

    return AnthropicClient


def _transformers() -> Callable[..., Client]:
    from llms.transformers_client import TransformersClient

    return TransformersClient


PROVIDERS: tuple[Provider, ...] = (
    Provider("openai", _openai),
    Provider("anthropic", _anthropic),
    Provider("transformers", _transformers, here=True),
)
"""Every way to name a model, in the order in which messages tell of them."""


def client(name: str, **settings: Any) -> Client:
    """A client for a model by its name.

    Args:
        name: As one of `PROVIDERS` says.
        settings: Of the client, such as `temperature`.

    Raises:
        AgentUnknown: There is none by that name; the message says what there is.
    """
    prefix, _, rest = name.partition(":")
    for provider in PROVIDERS:
        if provider.prefix == prefix:
            return provider.client(rest, **settings)
    ways = "; ".join(provider.usage for provider in PROVIDERS)
    raise AgentUnknown(f"{name}: no such model. Write {ways}")
