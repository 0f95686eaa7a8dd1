"""The package prices as the README says, and the tests are the ones that were given."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

WORKSPACE = Path(os.environ["LONGLEASH_WORKSPACE"])
TESTS = {
    "test_cart.py": "2af5e79e4deb157f5fca530ce8b26a760bca22ebb8795124d0f41263a3bf3c61",
    "test_discounts.py": "24c5c88bf8afc55fc084795e3dd4d5010d795f4029d14c93b5d0cf39055ea0ae",
}
# The package says what it computes; whether that is right is judged here.
ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from shop.cart import Cart
from shop.discounts import line_total, percent_off
cart = Cart()
cart.add("A", 200, 25)
cart.add("A", 200, 25)
quantities = (1, 9, 10, 11, 49, 50, 51, 99, 100, 101)
print(json.dumps([[percent_off(n) for n in quantities], line_total(33, 15), line_total(1, 50),
                  cart.goods(), cart.total()]))
"""
EXPECTED = [[0, 0, 5, 5, 5, 10, 10, 10, 15, 15], 470, 45, 9000, 9490]


def main() -> int:
    for name, digest in TESTS.items():
        path = WORKSPACE / "tests" / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            print(f"tests/{name} is not as it was given")
            return 1
    asked = subprocess.run(
        [sys.executable, "-I", "-c", ASK, str(WORKSPACE)],
        capture_output=True,
        text=True,
        timeout=10,
    )
    try:
        answered = json.loads(asked.stdout)
    except ValueError:
        print(f"the package does not run: {asked.stderr[-300:]}")
        return 1
    if answered != EXPECTED:
        print(f"wrong prices: {answered}, not {EXPECTED}")
        return 1
    return 0


sys.exit(main())
