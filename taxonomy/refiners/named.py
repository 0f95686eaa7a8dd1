"""Refiners by name: `nli:FOLDER`, or a model behind an endpoint, named as an agent would be."""

from __future__ import annotations

from pathlib import Path

from episodes.errors import UsageError
from taxonomy.refiners.refiner import Refiner

_SECONDS = 60.0
_RETRIES = 2


def refiner(name: str, price: str | None = None) -> Refiner:
    """The refiner of that name, loaded.

    Args:
        name: `nli:FOLDER`, `openai:MODEL[@URL]`, `anthropic:MODEL`.
        price: `READ:DRAWN`, in US dollars for a million tokens; for a judge only.

    Raises:
        UsageError: There is none by that name, it cannot be loaded, or the price is none.
    """
    kind, _, rest = name.partition(":")
    if kind == "nli":
        if not rest or price is not None:
            why = "it has no price" if rest else "no folder is named"
            raise UsageError(f"--refine {name}: {why}; write nli:FOLDER")
        from taxonomy.refiners.local_model import LocalModel

        return LocalModel(Path(rest))
    from llms.named import PROVIDERS, client
    from taxonomy.refiners.judge import Judge, Price

    if kind not in {provider.prefix for provider in PROVIDERS}:
        ways = "; ".join(["nli:FOLDER for a local model", *(one.usage for one in PROVIDERS)])
        raise UsageError(f"--refine {name}: no such refiner. Write {ways}")
    asked = client(name, seconds=_SECONDS, retries=_RETRIES)
    return Judge(
        f"{kind}:{asked.model.name}", asked, None if price is None else Price(*_price(price))
    )


def _price(text: str) -> tuple[float, float]:
    try:
        read, drawn = map(float, text.split(":"))
    except ValueError:
        read = drawn = -1.0
    if not (0 <= read < float("inf") and 0 <= drawn < float("inf")):
        raise UsageError(
            f"--refine-price {text}: no price; write READ:DRAWN in US dollars for a million "
            "tokens, such as 0.15:0.60"
        )
    return read, drawn
