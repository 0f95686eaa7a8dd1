"""The report names each difference; an incomplete one earns a part, a false line nothing."""

import os
import sys
from pathlib import Path

REPORT = Path(os.environ["LONGLEASH_WORKSPACE"]) / "report.txt"
EXPECTED = [
    "changed site/pages/imprint.html",
    "changed site/pages/prices.html",
    "extra site/pages/index.html~",
    "missing site/assets/site.js",
]


def main() -> int:
    try:
        lines = REPORT.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        print(f"report.txt: {problem}")
        return 1
    if lines == EXPECTED:
        return 0
    if not lines or not set(lines) <= set(EXPECTED):
        print("the report says what is not so")
        return 1
    print(f"{len(set(lines))} of {len(EXPECTED)} differences, or not sorted")
    print(f"reward: {len(set(lines)) / len(EXPECTED) * 0.8:.2f}")
    return 0


sys.exit(main())
