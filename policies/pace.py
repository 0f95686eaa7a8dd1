"""The pace of a policy: rates, waits before actions, and budgets for an episode."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from episodes.record import Record
from policies.direction import FEWER, LARGER, LATER, NEUTRAL, SMALLER
from policies.rules import Program, Tool
from policies.web import Host

ActionKind = Literal[
    "shell",
    "exec",
    "start_process",
    "read_process",
    "write_process",
    "stop_process",
    "read_file",
    "write_file",
    "finish",
    "goto",
    "click",
    "fill",
    "press",
    "select",
    "hover",
    "scroll",
    "back",
    "forward",
    "open_tab",
    "switch_tab",
    "close_tab",
    "wait",
    "upload",
    "read_page",
    "say",
    "call_tool",
]
"""A kind of action, by its `kind`."""

_ID = r"^[A-Za-z0-9_.-]{1,64}$"


class Rate(Record):
    """A bucket of tokens: each action or request that it is for takes one, or waits for one."""

    tools: Annotated[
        tuple[Tool, ...] | None, Field(min_length=1, json_schema_extra=FEWER, examples=[["shell"]])
    ] = None
    """It is for actions with these tools."""
    hosts: Annotated[
        tuple[Host, ...] | None,
        Field(min_length=1, json_schema_extra=FEWER, examples=[["*.example.com"]]),
    ] = None
    """It is for requests to these hosts, the browser's and the shell's."""
    programs: Annotated[
        tuple[Program, ...] | None,
        Field(min_length=1, json_schema_extra=FEWER, examples=[["git"]]),
    ] = None
    """It is for commands that start one of these programs."""
    denials: Annotated[bool | None, Field(json_schema_extra=FEWER, examples=[True])] = None
    """It is for actions that were denied, so that asking in vain has a pace too."""
    per_second: Annotated[float, Field(gt=0, le=1e6, json_schema_extra=LARGER, examples=[0.5])]
    """Tokens that come back each second."""
    burst: Annotated[int, Field(ge=1, le=1_000_000, json_schema_extra=LARGER, examples=[5])] = 1
    """Tokens that the bucket holds, and starts with."""
    share: Annotated[
        Literal["run", "episode"], Field(json_schema_extra=LATER, examples=["episode"])
    ] = "episode"
    """Whether all episodes of a run take from one bucket, or each has its own."""
    id: Annotated[
        str | None, Field(pattern=_ID, json_schema_extra=NEUTRAL, examples=["polite"])
    ] = None
    """What waits and records call it; `rates[N]` where absent."""

    @model_validator(mode="after")
    def _is_for_one_thing(self) -> Self:
        named = [
            name
            for name in ("tools", "hosts", "programs", "denials")
            if getattr(self, name) not in (None, False)
        ]
        if len(named) != 1:
            raise ValueError(
                "a rate is for one of tools, hosts, programs or denials; write exactly one of them"
            )
        return self


class Lag(Record):
    """A wait before actions of some kinds; the longest of those that match counts."""

    kinds: Annotated[
        tuple[ActionKind, ...],
        Field(min_length=1, json_schema_extra=FEWER, examples=[["click", "fill"]]),
    ]
    """The kinds of action it is for."""
    seconds: Annotated[float, Field(ge=0, le=3600, json_schema_extra=SMALLER, examples=[0.5])]
    """How long to wait."""
    to_seconds: Annotated[
        float | None, Field(ge=0, le=3600, json_schema_extra=SMALLER, examples=[2.0])
    ] = None
    """Where present, each wait is drawn evenly between `seconds` and this."""
    id: Annotated[
        str | None, Field(pattern=_ID, json_schema_extra=NEUTRAL, examples=["unhurried"])
    ] = None
    """What waits and records call it; `lag[N]` where absent."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.to_seconds is not None and self.to_seconds < self.seconds:
            raise ValueError("`to_seconds` is less than `seconds`; exchange them")
        return self


class Budgets(Record):
    """What an episode may spend in all; no bound where absent. One that runs out truncates it."""

    actions: Annotated[int | None, Field(ge=0, json_schema_extra=LARGER, examples=[100])] = None
    """Actions that ran."""
    seconds: Annotated[int | None, Field(ge=0, json_schema_extra=LARGER, examples=[1800])] = None
    """Seconds of wall time, waits included."""
    bytes_out: Annotated[
        int | None, Field(ge=0, json_schema_extra=LARGER, examples=[1_048_576])
    ] = None
    """Bytes sent to a network: heads and bodies of requests."""
    bytes_in: Annotated[
        int | None, Field(ge=0, json_schema_extra=LARGER, examples=[104_857_600])
    ] = None
    """Bytes received from a network: heads and bodies of answers."""
    money: Annotated[float | None, Field(ge=0, json_schema_extra=LARGER, examples=[2.5])] = None
    """US dollars, as the agent's and the reviewer's models report their cost."""
    tokens: Annotated[int | None, Field(ge=0, json_schema_extra=LARGER, examples=[200_000])] = None
    """Tokens of the agent's and the reviewers' models, read and written."""
    irreversible: Annotated[int | None, Field(ge=0, json_schema_extra=LARGER, examples=[10])] = None
    """Actions that cannot be undone, exploration or not."""
    irreversible_explorations: Annotated[
        int | None, Field(ge=0, json_schema_extra=LARGER, examples=[0])
    ] = None
    """Actions that cannot be undone and that the agent marks as exploration."""
