"""The log's tables, with their keys, indexes and triggers."""

from __future__ import annotations

from typing import Any

TABLES: dict[str, tuple[dict[str, Any], str | tuple[str, ...]]] = {
    "meta": ({"key": str, "value": str}, "key"),
    "entries": (
        {
            "id": int,
            "chain": str,
            "sequence": int,
            "at": str,
            "kind": str,
            "step": int,
            "body": str,
            "previous": str,
            "hash": str,
            "link": str,
        },
        "id",
    ),
    "heads": ({"chain": str, "length": int, "hash": str, "closed": int}, "chain"),
    "episodes": (
        {
            "episode": str,
            "run": str,
            "slot": int,
            "attempt": int,
            "task": str,
            "agent": str,
            "policy": str,
            "policy_digest": str,
            "source": str,
            "status": str,
            "cause": str,
            "success": int,
            "reward": float,
            "steps": int,
            "denials": int,
            "failures": int,
            "faults": int,
            "input_tokens": int,
            "output_tokens": int,
            "cost": float,
            "modes": str,
            "began": str,
            "finished": str,
        },
        "episode",
    ),
    "steps": (
        {
            "episode": str,
            "step": int,
            "kind": str,
            "state": str,
            "verdict": str,
            "rule_id": str,
            "event": str,
            "exit_code": int,
            "seconds": float,
            "at": str,
        },
        ("episode", "step"),
    ),
    "tags": (
        {
            "entry": int,
            "place": int,
            "episode": str,
            "step": int,
            "tagger": str,
            "version": str,
            "marks": str,
            "event": str,
            "primary_cause": str,
            "probability": float,
            "overlays": str,
            "impact": str,
        },
        ("entry", "place"),
    ),
}
"""Every table with its columns and its key. All but `meta` and `entries` can be made anew."""

INDEXES: dict[str, tuple[tuple[tuple[str, ...], bool], ...]] = {
    "entries": ((("chain", "sequence"), True),),
    "episodes": ((("run", "slot", "attempt"), False),),
    "tags": ((("episode", "step"), False),),
}
"""For each table its indexes: the columns, and whether they are unique.

Only columns that never change once a row is there, so that changing the row touches no index: each
page that a commit touches is four kilobytes more to make durable.
"""

TRIGGERS: dict[str, str] = {
    f"entries_no_{action}": (
        f"CREATE TRIGGER entries_no_{action} BEFORE {action.upper()} ON entries "
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    )
    for action in ("update", "delete")
}
"""What keeps a mistake from changing an entry; who means to change one can drop them."""
