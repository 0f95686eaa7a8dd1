"""The reference of the policy language, from its model."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from policies.reference import FieldReference, fields

_WIDENS = {
    "larger": "a larger one, or none at all, allows more",
    "smaller": "a smaller one, or none at all, allows more",
    "more": "more entries allow more",
    "fewer": "fewer entries allow more",
    "later": "each allows more than the one before it",
    "rule": "depends on the rule's effect",
    "parts": "as each field below says",
    "neutral": "says nothing on what is allowed",
}


def reference_page() -> str:
    """The page, as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The policy language, field by field"
    yield ""
    yield "Generated from the code by `docs/generate.py`; [policy.md](policy.md) says how the parts"
    yield "work together. Each example is a whole policy, and a test loads it."
    section = None
    for field in fields():
        here = field.place.rpartition(".")[0]
        if here != section:
            yield f"\n## {f'`{here}`' if here else 'A policy'}"
            section = here
        yield from _field(field)


def _field(field: FieldReference) -> Iterator[str]:
    yield f"\n### `{field.place}`\n"
    yield f"{field.says}\n"
    yield f"- Takes: {field.takes}."
    yield f"- Where absent: {field.default}." if field.default else "- It has to be given."
    yield f"- Widening: {_WIDENS[field.widens]}.\n"
    text = yaml.safe_dump(field.example, sort_keys=False, default_flow_style=None, width=90)
    yield f"```yaml\n{text}```"
