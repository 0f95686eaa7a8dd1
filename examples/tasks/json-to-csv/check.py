"""The rows are the ones asked for, as a reader of CSV sees them."""

import csv
import os
import sys
from pathlib import Path

LINES = Path(os.environ["LONGLEASH_WORKSPACE"]) / "lines.csv"
EXPECTED = [
    ["order", "date", "customer", "sku", "quantity", "price"],
    ["O-2201", "2025-03-30", 'The "Blue" Door', "PAD-A4", "10", "3.90"],
    ["O-2202", "2025-03-31", 'The "Blue" Door', "CLIP-9", "100", "0.05"],
    ["O-2202", "2025-03-31", 'The "Blue" Door', "PEN-3", "1", "1.50"],
    ["O-2202", "2025-03-31", 'The "Blue" Door', "PAD-A5", "6", "2.75"],
    ["O-2203", "2025-03-31", "Quay & Sons, Ltd.", "PEN-3", "40", "1.20"],
    ["O-2203", "2025-03-31", "Quay & Sons, Ltd.", "INK-1", "2", "7.95"],
]


def main() -> int:
    try:
        with LINES.open(newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        print(f"lines.csv: {problem}")
        return 1
    if rows == EXPECTED:
        return 0
    if rows[:1] == EXPECTED[:1] and sorted(rows) == sorted(EXPECTED):
        print("the right rows in another order")
        print("reward: 0.5")
        return 0
    print(f"{len(rows)} rows, not the ones asked for")
    return 1


sys.exit(main())
