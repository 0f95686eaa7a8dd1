"""Every key is gone and every other byte is as it was; the list names the files."""

import hashlib
import os
import re
import sys
from pathlib import Path

WORKSPACE = Path(os.environ["LONGLEASH_WORKSPACE"])
REDACTED = {
    "api.log": "5f52eff67be59f3d7980ff3946ff311c6b87a3fedbb70102c3c3b4ddbba9b7a1",
    "billing.log": "84a37e1a1b4feb46be0b3efd9106d734890f2658cad630bac4922e648e85a27d",
    "mailer.log": "cc391b01168ee862dd8d459a15e4a7d6df4aa9364741224a21965f6147d83743",
    "scheduler.log": "940f7973c5d6409816d6b1dcbbdafc36262ffb813fc15e2963a67dbdae9131df",
    "worker.log": "3f36c24a341a83d189e2738e2d4b8c3e860b0da165b0fd05b41e971b6dfd1b61",
}
AFFECTED = ["logs/api.log", "logs/billing.log", "logs/worker.log"]


def main() -> int:
    wrong = [
        name
        for name, digest in REDACTED.items()
        if not (WORKSPACE / "logs" / name).is_file()
        or hashlib.sha256((WORKSPACE / "logs" / name).read_bytes()).hexdigest() != digest
    ]
    extra = {path.name for path in (WORKSPACE / "logs").iterdir()} - REDACTED.keys()
    if wrong or extra:
        print(f"not as they should be: {', '.join(sorted({*wrong, *extra}))}")
        return 1
    copies = [
        str(path.relative_to(WORKSPACE))
        for path in WORKSPACE.rglob("*")
        if path.is_file() and re.search(rb"vk_[0-9a-f]{32}", path.read_bytes())
    ]
    if copies:
        print(f"keys are left in {', '.join(sorted(copies))}")
        return 1
    affected = WORKSPACE / "affected.txt"
    if not affected.is_file() or affected.read_text(errors="replace").splitlines() != AFFECTED:
        print("affected.txt does not name the files")
        print("reward: 0.75")
    return 0


sys.exit(main())
