from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, Field

from episodes.actions import Action, Malformed
from episodes.record import Record
from policies.direction import direction
from policies.pace import ActionKind
from policies.policy import Policy


def held(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        if not isinstance(part, str | int):
            yield from held(part)


def parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for inner in held(field.annotation):
            yield from parts(inner)


MODELS = tuple(dict.fromkeys(parts(Policy)))
FIELDS = [(model, name) for model in MODELS for name in model.model_fields]


@pytest.mark.parametrize(
    ("model", "name"), FIELDS, ids=[f"{model.__name__}.{name}" for model, name in FIELDS]
)
def test_every_field_declares_which_direction_widens(model: type[BaseModel], name: str) -> None:
    said = direction(model, name)
    annotation = model.model_fields[name].annotation
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    kind = get_origin(annotation) or annotation
    fitting = {
        int: {"larger", "smaller", "rule"},
        float: {"larger", "smaller"},
        bool: {"fewer"},
        tuple: {"more", "fewer", "rule", "neutral"},
        str: {"neutral"},
        Literal: {"later", "rule", "neutral"},
    }
    assert said in fitting.get(kind, {"parts"})


def test_a_field_without_a_direction_is_found() -> None:
    class Forgotten(Record):
        seconds: Annotated[int, Field(examples=[1])] = 1
        wrong: Annotated[int, Field(json_schema_extra={"widens": "sideways"})] = 1

    for name in Forgotten.model_fields:
        with pytest.raises(TypeError, match=f"Forgotten.{name} does not declare"):
            direction(Forgotten, name)


def test_choices_are_listed_from_the_narrowest() -> None:
    order = ["never", "kill", "tighten", "run", "deny", "ask", "approver", "keep", "episode"]
    order += ["ignore", "allow"]
    for model, name in FIELDS:
        if direction(model, name) == "later":
            choices = get_args(model.model_fields[name].annotation)
            assert list(choices) == sorted(choices, key=order.index), f"{model.__name__}.{name}"


def test_every_kind_of_action_can_be_named() -> None:
    union, _ = get_args(Action)
    kinds = {kind.model_fields["kind"].default for kind in get_args(union) if kind != Malformed}
    assert set(get_args(ActionKind)) == kinds


def test_every_part_of_the_language_is_in_the_model() -> None:
    assert Path(__file__).parents[2].joinpath("policies", "policy.py").exists()
    assert {model.__name__ for model in MODELS} >= {"Web", "Keys", "Rate", "Lag", "Budgets"}
