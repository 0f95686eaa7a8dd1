"""A new task that runs as it is, for a person to change."""

from __future__ import annotations

import re
from pathlib import Path

from episodes.errors import TaskInvalid

_FILES = {
    "task.yaml": """\
version: 1
name: {name}
instruction: |
  notes.txt lists what was bought. Write the total of all prices to total.txt.
policy: offline-shell
limits: {{steps: 20, seconds: 120}}
check: check.py
""",
    "files/notes.txt": "bread 3\nmilk 2\ncheese 7\n",
    "check.py": '''\
"""Exit 0 where the task is done and 1 where it is not; the agent could not touch this file."""

import os
import sys
from pathlib import Path

total = Path(os.environ["LONGLEASH_WORKSPACE"], "total.txt")
sys.exit(0 if total.is_file() and total.read_text().strip() == "12" else 1)
''',
    "scripts/solve.yaml": """\
version: 1
steps:
  - shell: "cat notes.txt"
    forecast:
      purpose: exploit
      premises:
        - {{text: notes.txt is there, probability: 0.99, source: instructed, reference: notes.txt}}
      expects:
        - {{kind: exit_code, code: 0, probability: 0.95}}
      success_probability: 0.9
  - shell: "awk '{{s += $2}} END {{print s}}' notes.txt > total.txt"
  - finish: "the total is in total.txt"
""",
    "scripts/guess.yaml": """\
version: 1
label: {{step: 0, cause: hallucination}}
steps:
  - shell: "cat prices.csv"
  - finish: "done"
""",
}


def init_task(folder: Path) -> list[Path]:
    """Makes a task's folder with a document, files, a check and two scripts.

    Returns:
        The files that were made.

    Raises:
        TaskInvalid: The name cannot be a task's, or something is there already.
    """
    name = folder.name
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name):
        raise TaskInvalid(
            f"'{name}' cannot be a task's name; use lower-case letters, digits and '-', "
            "e.g. 'sum-prices'"
        )
    if folder.exists():
        raise TaskInvalid(f"{folder} is there already; choose another name")
    made = []
    for relative, text in _FILES.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name=name) if relative.endswith(".yaml") else text)
        made.append(path)
    return made
