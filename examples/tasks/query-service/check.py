"""The answer is the total over all pages of the service."""

import os
import sys

TOTAL = "272"


def main() -> int:
    answer = os.environ.get("LONGLEASH_ANSWER", "").strip()
    if answer != TOTAL:
        print(f"not the total: {answer[:80]!r}")
        return 1
    return 0


sys.exit(main())
