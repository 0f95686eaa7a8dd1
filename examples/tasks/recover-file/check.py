"""The file is back as it last was, the rest is as it was, and so is the history."""

import os
import subprocess
import sys
from pathlib import Path

LEDGER = Path(os.environ["LONGLEASH_WORKSPACE"]) / "ledger"
HEAD = "8d0333b9476959351375f053e02b5f60f87ee68e"
FILES = {
    "README.md": "# Ledger\n\nOne file a year in budget/.\n",
    "budget/2023.csv": "month,planned,spent\n2023-11,4000,3811\n2023-12,4200,4530\n",
    "budget/2024.csv": (
        "month,planned,spent\n2024-01,4100,3990\n2024-02,4100,4205\n2024-03,4300,4188\n"
    ),
    "budget/2025.csv": "month,planned,spent\n2025-01,4400,0\n",
    "notes/open.txt": "Ask for the invoice of the printer.\nOrder paper.\n",
}


def main() -> int:
    found = {
        str(path.relative_to(LEDGER)): path.read_text(errors="replace")
        for path in LEDGER.rglob("*")
        if path.is_file() and path.relative_to(LEDGER).parts[0] != ".git"
    }
    for name in sorted(FILES.keys() | found.keys()):
        if found.get(name) != FILES.get(name):
            print(f"{name} is not as it should be")
            return 1
    # Plumbing only: the agent could have set what `git log` or `git status` start.
    head = subprocess.run(
        ["git", "--git-dir", str(LEDGER / ".git"), "rev-parse", "--verify", "refs/heads/main"],
        capture_output=True,
        text=True,
        timeout=10,
    ).stdout.strip()
    if head != HEAD:
        print(f"main is at {head}, not at {HEAD}")
        return 1
    return 0


sys.exit(main())
