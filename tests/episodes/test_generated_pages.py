from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from episodes.entries import BODY

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_generated_pages_are_those_of_the_code():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_published_schema_describes_every_field_of_every_kind_of_entry():
    schema = json.loads((ROOT / "docs" / "schema" / "body.json").read_text())
    kinds = set(schema["discriminator"]["mapping"])
    assert kinds == set(BODY.json_schema()["discriminator"]["mapping"])
    missing = [
        f"{name}.{field}"
        for name, definition in schema["$defs"].items()
        for field, said in definition.get("properties", {}).items()
        if field != "kind" and "description" not in said
    ]
    assert missing == []
