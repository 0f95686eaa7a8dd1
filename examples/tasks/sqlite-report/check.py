"""The report names the three in their order; with wrong numbers it earns a quarter."""

import csv
import os
import sqlite3
import sys
from pathlib import Path

WORKSPACE = Path(os.environ["LONGLEASH_WORKSPACE"])
EXPECTED = [
    ["name", "orders", "revenue"],
    ["Brightwell", "5", "355915"],
    ["Arbor Books", "3", "301895"],
    ["Eisvogel", "6", "291685"],
]
ORDERS = 64


def main() -> int:
    with sqlite3.connect(f"file:{WORKSPACE / 'shop.db'}?mode=ro", uri=True) as shop:
        if shop.execute("select count(*) from orders").fetchone() != (ORDERS,):
            print("the database was changed")
            return 1
    try:
        with (WORKSPACE / "report.csv").open(newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        print(f"report.csv: {problem}")
        return 1
    if rows == EXPECTED:
        return 0
    print(f"not the report: {rows[:4]}")
    if [row[:1] for row in rows] == [row[:1] for row in EXPECTED]:
        print("reward: 0.25")
        return 0
    return 1


sys.exit(main())
