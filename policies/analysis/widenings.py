"""Approvals of widenings: a file of its own, so that its owners are asked for each change of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from episodes.document import load_document
from episodes.errors import PolicyInvalid
from episodes.record import Digest, Record
from policies.analysis.difference import Diff

SUFFIX = ".widenings.yaml"
"""What takes the place of `.yaml` in the name of a policy's file of approvals."""


class ApprovedWidening(Record):
    """One approval, of exactly one widening."""

    digest: Annotated[Digest, Field(examples=["sha256:" + "0" * 64])]
    """The widening, as `longleash policy diff` names it."""
    reason: Annotated[str, Field(min_length=1, examples=["The docs are read online now."])]
    """Why it is right."""


class Widenings(Record):
    """A policy's approved widenings."""

    version: Annotated[Literal[1], Field(examples=[1])]
    """The format's version."""
    approved: Annotated[
        tuple[ApprovedWidening, ...],
        Field(examples=[[{"digest": "sha256:" + "0" * 64, "reason": "..."}]]),
    ] = ()
    """Each stands for itself; one that no longer fits approves nothing."""


def approval_of(found: Diff, file: Path) -> ApprovedWidening | None:
    """The approval of exactly what a comparison found to widen.

    Args:
        found: The comparison.
        file: The file of approvals; it need not exist.

    Raises:
        PolicyInvalid: It does not validate.
    """
    if found.widening is None or not file.is_file():
        return None
    held = load_document(file, Widenings, PolicyInvalid)
    return next((one for one in held.approved if one.digest == found.widening), None)


def beside(policy: str) -> Path:
    """Where a policy's approvals are looked for."""
    path = Path(policy)
    return path.with_name(path.stem + SUFFIX)
