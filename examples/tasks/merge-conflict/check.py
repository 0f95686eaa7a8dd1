"""The merge is concluded with both parents, and what was committed does what both sides wanted."""

import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(os.environ["LONGLEASH_WORKSPACE"]) / "textkit"
PARENTS = ["67cbd488659a3ce9be985bbc3e335cc1d649d149", "f954e83849c60eb991b4f92bf3c549a1e4ddfdea"]
ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from slug import slug
print(json.dumps([slug("Hello, World!"), slug("One: Two, Three", max_words=2),
                  slug("... a B c", 2), slug("Only One", max_words=None), slug("")]))
"""
EXPECTED = ["hello-world", "one-two", "a-b", "only-one", ""]
LINES = (
    "- slug() joins words with dashes.",
    "- slug() takes at most max_words words.",
    "- slug() drops punctuation and writes small letters.",
)


def git(*arguments: str) -> str:
    """Plumbing only: the agent could have set what `git log` or `git status` start."""
    return subprocess.run(
        ["git", "--git-dir", str(REPOSITORY / ".git"), *arguments],
        capture_output=True,
        text=True,
        timeout=10,
    ).stdout


def main() -> int:
    if git("rev-list", "--parents", "--max-count=1", "refs/heads/main").split()[1:] != PARENTS:
        print("main is not the merge of the two")
        return 1
    for name in ("slug.py", "CHANGES.md"):
        if git("cat-file", "blob", f"refs/heads/main:{name}") != (REPOSITORY / name).read_text():
            print(f"{name} differs from what was committed")
            return 1
    changes = (REPOSITORY / "CHANGES.md").read_text().splitlines()
    if sorted(line for line in changes if line.startswith("-")) != sorted(LINES) or any(
        line.startswith(("<<<<", ">>>>", "||||", "====")) for line in changes
    ):
        print("CHANGES.md does not hold the three lines")
        return 1
    asked = subprocess.run(
        [sys.executable, "-I", "-B", "-c", ASK, str(REPOSITORY)],
        capture_output=True,
        text=True,
        timeout=10,
    )
    try:
        answered = json.loads(asked.stdout)
    except ValueError:
        print(f"slug.py does not run: {asked.stderr[-300:]}")
        return 1
    if answered != EXPECTED:
        print(f"slug() gives {answered}")
        return 1
    return 0


sys.exit(main())
