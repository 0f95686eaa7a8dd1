"""Which way each field of a policy widens what is allowed; `extends` and `diff` go by it."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import BaseModel

Direction = Literal["larger", "smaller", "more", "fewer", "later", "rule", "parts", "neutral"]
"""The change that allows more.

- `larger`, `smaller`: of a number; an absent one allows the most.
- `more`, `fewer`: of the entries of a list; an absent list of `fewer` allows the most.
- `later`: of the choices, which the model lists from the narrowest to the widest.
- `rule`: it takes the engine to tell, since it depends on a rule's effect.
- `parts`: each field of the part says so itself.
- `neutral`: it says nothing on what is allowed.
"""

LARGER: dict[str, Any] = {"widens": "larger"}
SMALLER: dict[str, Any] = {"widens": "smaller"}
MORE: dict[str, Any] = {"widens": "more"}
FEWER: dict[str, Any] = {"widens": "fewer"}
LATER: dict[str, Any] = {"widens": "later"}
RULE: dict[str, Any] = {"widens": "rule"}
PARTS: dict[str, Any] = {"widens": "parts"}
NEUTRAL: dict[str, Any] = {"widens": "neutral"}


def direction(model: type[BaseModel], name: str) -> Direction:
    """Tells which way a field widens.

    Args:
        model: A part of the policy's model.
        name: One of its fields.

    Raises:
        TypeError: The field declares none of the directions.
    """
    extra = model.model_fields[name].json_schema_extra
    said = extra.get("widens") if isinstance(extra, dict) else None
    for known in get_args(Direction):
        if said == known:
            return known  # type: ignore[no-any-return]
    raise TypeError(f"{model.__name__}.{name} does not declare which way it widens")
