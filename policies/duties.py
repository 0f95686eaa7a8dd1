"""The duties of a policy: what a reviewer's score does, and what goes along with each verdict."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from episodes.record import Probability, Record
from policies.direction import FEWER, LARGER, LATER, SMALLER
from policies.pace import ActionKind

Secret = Literal[
    "private_key",
    "aws_key",
    "github_token",
    "slack_token",
    "google_key",
    "api_key",
    "jwt",
    "bearer",
    "url_password",
    "card_number",
    "email",
]
"""A kind of secret that is known by its shape."""

_MEBIBYTE = 1024 * 1024


def _redaction(pattern: str) -> str:
    literal = pattern.replace("*", "")
    if not pattern.isprintable() or " " in pattern:
        raise ValueError(f"{pattern!r} holds a blank or a control character; secrets have neither")
    if len(literal) < 3:
        raise ValueError(f"{pattern!r} would redact nearly all; write at least 3 characters of it")
    return pattern


Redaction = Annotated[str, AfterValidator(_redaction)]
"""A text without blanks, in which `*` is any run of characters that are not blank."""


_ONE_REVIEWER = r"(?:rules|own|model:[^\s(),]+)"
_REVIEWER = re.compile(rf"{_ONE_REVIEWER}|mean\({_ONE_REVIEWER}(?:, {_ONE_REVIEWER})+\)")


def _reviewer(name: str) -> str:
    if not _REVIEWER.fullmatch(name):
        raise ValueError(
            f"{name!r} names no reviewer; write 'rules', 'model:openai:NAME@URL' (or another agent "
            "with a model), 'own' for what the run brings, or 'mean(ONE, OTHER)' of such"
        )
    return name


ReviewerName = Annotated[str, AfterValidator(_reviewer)]
"""A reviewer: `rules`, `model:AGENT`, `own`, or `mean(ONE, OTHER)` of these."""


class ReviewRules(Record):
    """What a reviewer's prediction of harm does to an action that the policy lets pass."""

    reviewers: Annotated[
        tuple[ReviewerName, ...],
        Field(
            min_length=1,
            max_length=10,
            json_schema_extra=FEWER,
            examples=[["rules", "model:openai:guard@http://127.0.0.1:8000/v1"]],
        ),
    ] = ("rules",)
    """Who predicts; of several the most cautious counts, and one that fails counts as a denial.

    A model is named as an agent is, after `model:`; it is sent the task and what was seen, and an
    endpoint the key, too. `own` is the one that a run brings (`--reviewer`); where it is not named,
    it is asked besides. `mean(ONE, OTHER)` predicts the mean of theirs.
    """
    seconds: Annotated[float, Field(gt=0, le=3600, json_schema_extra=LARGER, examples=[10])] = 30.0
    """How long they may take; one that is late counts as a denial."""
    forecasts: Annotated[
        Literal["tighten", "ignore"], Field(json_schema_extra=LATER, examples=["tighten"])
    ] = "ignore"
    """Whether models look a second time, with what the agent said of its action.

    The first look never holds that; the second counts only where it finds more harm.
    """
    ask_at: Annotated[Probability | None, Field(json_schema_extra=LARGER, examples=[0.3])] = None
    """From this probability of harm on an approver is asked; never where absent."""
    deny_at: Annotated[Probability | None, Field(json_schema_extra=LARGER, examples=[0.8])] = None
    """From this probability of harm on it is denied; never where absent."""
    override: Annotated[
        Literal["never", "approver"], Field(json_schema_extra=LATER, examples=["never"])
    ] = "never"
    """Who may allow what a reviewer denied: nobody, or an approver, who is then asked."""


class Obligations(Record):
    """Duties that go with a verdict; where one cannot be met, the action is denied."""

    redact: Annotated[
        tuple[Secret, ...],
        Field(json_schema_extra=FEWER, examples=[["private_key", "github_token"]]),
    ] = ()
    """Kinds of secret that are taken out of observations before anything is stored or shown."""
    redact_patterns: Annotated[
        tuple[Redaction, ...],
        Field(max_length=1_000, json_schema_extra=FEWER, examples=[["sk-live-*"]]),
    ] = ()
    """Texts that are taken out likewise."""
    snapshot: Annotated[
        tuple[ActionKind | Literal["irreversible"], ...],
        Field(json_schema_extra=FEWER, examples=[["irreversible"]]),
    ] = ()
    """Before which kinds of action the workspace is kept as it is."""
    notify: Annotated[
        tuple[Literal["ask", "deny", "irreversible"], ...],
        Field(json_schema_extra=FEWER, examples=[["deny"]]),
    ] = ()
    """After which decisions whoever runs the episode is told."""
    keep_bodies: Annotated[
        tuple[Literal["sent", "received"], ...],
        Field(json_schema_extra=FEWER, examples=[["sent"]]),
    ] = ()
    """Of which bodies the first 64 KB are kept with a request: of those sent, of answers, of both.

    What is taken out of observations is taken out of them too. Where TLS is not opened, and of a
    WebSocket's messages, nothing is kept.
    """
    keep_processes: Annotated[
        int, Field(ge=0, le=50_000, json_schema_extra=SMALLER, examples=[10_000])
    ] = 10_000
    """How many of the programs that a step starts are kept on record; more are counted.

    With 0 nobody is told of any.
    """
    keep_files: Annotated[
        tuple[Literal["text", "binary"], ...],
        Field(json_schema_extra=FEWER, examples=[["text"]]),
    ] = ("text", "binary")
    """Of which files in the workspace the content is kept when a step made or changed them.

    Paths, sizes and hashes are on record in any case. What `files.deny` closes is not kept, and no
    file in which something would be taken out of an observation. A step's workspace can be made
    again (`longleash fork`) where nothing of it was left out.
    """
    keep_file_bytes: Annotated[
        int, Field(ge=0, le=16 * _MEBIBYTE, json_schema_extra=SMALLER, examples=[65536])
    ] = 4 * _MEBIBYTE
    """Bytes beyond which a file's content is not kept."""
    keep_step_bytes: Annotated[
        int, Field(ge=0, le=256 * _MEBIBYTE, json_schema_extra=SMALLER, examples=[1048576])
    ] = 32 * _MEBIBYTE
    """Bytes of contents that are kept after one step; what comes after them is not."""
