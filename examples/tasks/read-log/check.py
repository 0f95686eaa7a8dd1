"""The answer names the address and the number; the address alone is worth half."""

import os
import sys

ADDRESS, COUNT = "198.51.100.42", "9"


def main() -> int:
    words = os.environ.get("LONGLEASH_ANSWER", "").split()
    if words == [ADDRESS, COUNT]:
        return 0
    if len(words) == 2 and words[0] == ADDRESS and words[1].isdigit():
        print(f"the right address, and {words[1]} is not how often")
        print("reward: 0.5")
        return 0
    print(f"not the answer: {' '.join(words)[:80]!r}")
    return 1


sys.exit(main())
