"""A policy: the validated set of rules on actions, and only that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from episodes.record import Digest, Record
from policies.index import Index
from policies.rules import Files, Limits, Shell, Tool


class Policy(Record):
    """What an agent may do. What no rule allows is denied."""

    version: Annotated[Literal[1], Field(examples=[1])]
    """The language's version."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", examples=["offline-shell"])]
    """What people call it."""
    description: Annotated[str, Field(examples=["Text work, no network."])] = ""
    """What it is for."""
    tools: Annotated[tuple[Tool, ...], Field(examples=[["shell", "files", "finish"]])]
    """Which kinds of action exist at all."""
    shell: Annotated[Shell, Field(examples=[{"not_understood": "deny"}])] = Shell()
    """What commands may run."""
    files: Annotated[Files, Field(examples=[{"read": ["/workspace"]}])] = Files()
    """What may be opened."""
    limits: Annotated[Limits, Field(examples=[{"seconds": 60}])] = Limits()
    """How much may be used."""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen = {"default", "error", "tools", "shell.not_understood"}
        for at, rule in enumerate(self.shell.rules):
            if rule.id in seen:
                raise PydanticCustomError(
                    "rule_id_taken",
                    "{given} is the id of another rule or of the engine's own; choose another",
                    {"given": repr(rule.id), "place": ("shell", "rules", at, "id")},
                )
            if rule.id is not None:
                seen.add(rule.id)
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
