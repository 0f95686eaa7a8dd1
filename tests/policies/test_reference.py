from __future__ import annotations

from typing import Any

import pytest
import yaml

from policies.loading import parse_policy
from policies.reference import FieldReference, fields

FIELDS = list(fields())


@pytest.mark.parametrize("field", FIELDS, ids=[field.place for field in FIELDS])
def test_the_example_of_each_field_is_a_policy_in_which_it_stands(field: FieldReference) -> None:
    policy = parse_policy(yaml.safe_dump(field.example).encode(), "example.yaml")
    held: Any = policy
    for step in field.place.split("."):
        assert step.removesuffix("[]") in held.model_fields_set or held is policy
        held = getattr(held, step.removesuffix("[]"))
        held = held[-1] if step.endswith("[]") else held
    assert field.says
    assert field.takes


def test_every_section_is_in_the_reference() -> None:
    places = {field.place for field in FIELDS}
    assert places >= {
        "version",
        "extends",
        "widen[].reason",
        "shell.rules[].arguments",
        "files.deny",
        "web.rules[].largest",
        "web.private",
        "keys.per_second",
        "rates[].burst",
        "lag[].to_seconds",
        "budgets.irreversible_explorations",
        "review.override",
        "obligations.redact",
        "limits.denials",
    }
