"""A policy: the validated set of rules on actions, and only that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from episodes.provenance import Layer
from episodes.record import Digest, Record
from policies.direction import FEWER, MORE, NEUTRAL, PARTS
from policies.duties import Obligations, ReviewRules
from policies.index import Index
from policies.keys import Keys
from policies.pace import Budgets, Lag, Rate
from policies.rules import Files, Limits, Shell, Tool
from policies.web import Web
from policies.web_index import WebIndex


class Widening(Record):
    """Leave for a file to allow more than what it extends."""

    field: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z_]+(\.[A-Za-z_]+){0,3}$",
            json_schema_extra=NEUTRAL,
            examples=["files.write"],
        ),
    ]
    """The field that may allow more, as `files.write`, or a whole section."""
    reason: Annotated[
        str, Field(min_length=1, json_schema_extra=NEUTRAL, examples=["The build writes to /opt."])
    ]
    """Why, for whoever reviews it."""


class Policy(Record):
    """What an agent may do. What no rule allows is denied."""

    version: Annotated[Literal[1], Field(json_schema_extra=NEUTRAL, examples=[1])]
    """The language's version."""
    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
            json_schema_extra=NEUTRAL,
            examples=["offline-shell"],
        ),
    ]
    """What people call it."""
    description: Annotated[
        str, Field(json_schema_extra=NEUTRAL, examples=["Text work, no network."])
    ] = ""
    """What it is for."""
    extends: Annotated[str | None, Field(json_schema_extra=NEUTRAL, examples=["offline-shell"])] = (
        None
    )
    """A preset, or a file beside this one (`./base.yaml`), that this one narrows.

    A list of rules, denials, rates or duties adds to the one there; all else that is given
    replaces what is there, and may only allow less.
    """
    widen: Annotated[
        tuple[Widening, ...],
        Field(
            max_length=100,
            json_schema_extra=NEUTRAL,
            examples=[[{"field": "files.write", "reason": "The build writes to /opt."}]],
        ),
    ] = ()
    """Fields that may allow more than what is extended, and why."""
    require: Annotated[
        tuple[Layer, ...],
        Field(json_schema_extra=FEWER, examples=[["landlock", "scopes", "seccomp"]]),
    ] = ("landlock", "seccomp")
    """Layers without which nothing starts. One that is missing and not named here is on record with
    each episode (`provenance.isolation.missing`)."""
    tools: Annotated[
        tuple[Tool, ...], Field(json_schema_extra=MORE, examples=[["shell", "files", "finish"]])
    ]
    """Which kinds of action exist at all."""
    shell: Annotated[
        Shell, Field(json_schema_extra=PARTS, examples=[{"not_understood": "deny"}])
    ] = Shell()
    """What commands may run."""
    files: Annotated[Files, Field(json_schema_extra=PARTS, examples=[{"read": ["/workspace"]}])] = (
        Files()
    )
    """What may be opened."""
    web: Annotated[
        Web, Field(json_schema_extra=PARTS, examples=[{"allowedDomains": ["example.com"]}])
    ] = Web()
    """What may be asked of a network."""
    keys: Annotated[Keys, Field(json_schema_extra=PARTS, examples=[{"allowed": ["Enter"]}])] = (
        Keys()
    )
    """What a page may be sent by keyboard and pointer."""
    limits: Annotated[Limits, Field(json_schema_extra=PARTS, examples=[{"seconds": 60}])] = Limits()
    """How much may be used."""
    rates: Annotated[
        tuple[Rate, ...],
        Field(
            max_length=1_000,
            json_schema_extra=FEWER,
            examples=[[{"hosts": ["*"], "per_second": 2.0}]],
        ),
    ] = ()
    """How often things may be done."""
    lag: Annotated[
        tuple[Lag, ...],
        Field(
            max_length=1_000,
            json_schema_extra=FEWER,
            examples=[[{"kinds": ["click"], "seconds": 0.5}]],
        ),
    ] = ()
    """Waits before actions."""
    budgets: Annotated[Budgets, Field(json_schema_extra=PARTS, examples=[{"actions": 100}])] = (
        Budgets()
    )
    """What an episode may spend in all."""
    review: Annotated[ReviewRules, Field(json_schema_extra=PARTS, examples=[{"deny_at": 0.8}])] = (
        ReviewRules()
    )
    """What a reviewer's prediction of harm does."""
    obligations: Annotated[
        Obligations, Field(json_schema_extra=PARTS, examples=[{"redact": ["private_key"]}])
    ] = Obligations()
    """Duties that go with a verdict."""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen = {
            "default",
            "error",
            "tools",
            "shell.not_understood",
            *(f"web.{name}" for name in ("private", "downloads", "uploads", "forms")),
            *(f"keys.{name}" for name in ("allowed", "characters", "gestures")),
        }
        named: list[tuple[tuple[str | int, ...], str | None]] = [
            *((("shell", "rules", at), rule.id) for at, rule in enumerate(self.shell.rules)),
            *((("web", "rules", at), web.id) for at, web in enumerate(self.web.rules)),
            *((("rates", at), rate.id) for at, rate in enumerate(self.rates)),
            *((("lag", at), lag.id) for at, lag in enumerate(self.lag)),
        ]
        for place, given in named:
            if given in seen:
                raise PydanticCustomError(
                    "rule_id_taken",
                    "{given} is the id of another rule or of the engine's own; choose another",
                    {"given": repr(given), "place": (*place, "id")},
                )
            if given is not None:
                seen.add(given)
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copies through validation: a plain copy would keep the old digest and index."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**fields, **(update or {})})

    @cached_property
    def digest(self) -> Digest:
        """SHA-256 over the policy as canonical JSON, defaults included."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def index(self) -> Index:
        """The rules, arranged for deciding."""
        return Index(self.shell, self.files)

    @cached_property
    def web_index(self) -> WebIndex:
        """The rules on requests, likewise."""
        return WebIndex(self.web)
