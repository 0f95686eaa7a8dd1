"""The merged file holds what the three layers come to."""

import json
import os
import sys
from pathlib import Path

MERGED = Path(os.environ["LONGLEASH_WORKSPACE"]) / "config" / "merged.json"
EXPECTED = {
    "server": {
        "host": "0.0.0.0",
        "port": 8443,
        "workers": 1,
        "tls": {"enabled": True, "versions": ["1.3"]},
    },
    "database": {
        "url": "postgres://db/app",
        "pool": {"min": 2, "max": 3},
        "replicas": ["db-3"],
    },
    "features": {"search": True, "exports": False, "beta": {"charts": True}},
    "logging": {"level": "warning", "targets": ["stdout"]},
}


def main() -> int:
    try:
        merged = json.loads(MERGED.read_text())
    except (OSError, ValueError) as problem:
        print(f"config/merged.json: {problem}")
        return 1
    # Text tells true from 1, which Python's equality does not.
    if json.dumps(merged, sort_keys=True) == json.dumps(EXPECTED, sort_keys=True):
        return 0
    right = [
        name
        for name, value in EXPECTED.items()
        if isinstance(merged, dict)
        and json.dumps(merged.get(name), sort_keys=True) == json.dumps(value, sort_keys=True)
    ]
    print(f"right: {', '.join(right) or 'nothing'}")
    if not isinstance(merged, dict) or merged.keys() != EXPECTED.keys() or not right:
        return 1
    print(f"reward: {len(right) / len(EXPECTED) / 2}")
    return 0


sys.exit(main())
