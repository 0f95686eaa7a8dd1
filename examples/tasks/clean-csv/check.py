"""The list is clean; a sound list with unclean columns earns a quarter, and one for each column."""

import csv
import hashlib
import os
import sys
from pathlib import Path

WORKSPACE = Path(os.environ["LONGLEASH_WORKSPACE"])
GIVEN = "309a95f764fe698cb5ac05c8bf2110c6a9ed80279211dcbf5fd5dc563e13525a"
EXPECTED = """\
id,name,email,since
1001,Ada Lovelace,ada.lovelace@example.invalid,2019-01-01
1002,Alan Turing,alan.turing@example.invalid,2020-06-08
1003,Grace Hopper,grace@navy.example.invalid,2022-05-19
1004,Edsger Dijkstra,edsger.dijkstra@example.invalid,2022-04-22
1005,Barbara Liskov,barbara.liskov@example.invalid,2023-09-01
1006,Donald Knuth,donald.knuth@example.invalid,2024-02-08
1007,Frances Allen,,2019-07-15
1008,John Backus,john.backus@example.invalid,2020-12-22
1009,Niklaus Wirth,niklaus.wirth@example.invalid,2021-05-01
1010,Radia Perlman,radia@mit.example.invalid,2020-10-08
1011,Tony Hoare,tony.hoare@example.invalid,2023-03-15
1012,Kathleen Booth,kathleen.booth@example.invalid,2024-08-22
1013,Ken Thompson,ken.thompson@example.invalid,2019-01-01
1014,Mary Keller,mary.keller@example.invalid,2020-06-08
1015,Robin Milner,robin.milner@example.invalid,2021-11-15
1016,Sophie Wilson,,2022-04-22
1017,Leslie Lamport,leslie.lamport@example.invalid,2023-09-01
1018,Jean Sammet,jean.sammet@example.invalid,2024-02-08
1019,Butler Lampson,butler.lampson@example.invalid,2019-07-15
1020,Adele Goldberg,adele.goldberg@example.invalid,2020-12-22
1021,Peter Naur,peter.naur@example.invalid,2021-05-01
1022,Karen Jones,karen.jones@example.invalid,2022-10-08
1023,Fernando Corbato,fernando.corbato@example.invalid,2023-03-15
1024,Joan Clarke,joan.clarke@example.invalid,2024-08-22
"""


def main() -> int:
    if hashlib.sha256((WORKSPACE / "customers.csv").read_bytes()).hexdigest() != GIVEN:
        print("customers.csv is not as it was given")
        return 1
    try:
        text = (WORKSPACE / "clean.csv").read_bytes().decode()
    except (OSError, UnicodeDecodeError) as problem:
        print(f"clean.csv: {problem}")
        return 1
    if text == EXPECTED:
        return 0
    expected = list(csv.reader(EXPECTED.splitlines()))
    rows = list(csv.reader(text.split("\n")[:-1]))
    sound = (
        "\r" not in text
        and rows[:1] == expected[:1]
        and [row[:1] for row in rows] == [row[:1] for row in expected]
        and all(len(row) == len(expected[0]) for row in rows)
    )
    if not sound:
        print("not one row a customer, sorted by id, under the header")
        return 1
    clean = [
        name
        for column, name in enumerate(expected[0])
        if column and [row[column] for row in rows] == [row[column] for row in expected]
    ]
    print(f"clean columns: {', '.join(clean) or 'none'}")
    print(f"reward: {(1 + len(clean)) / 4 if len(clean) < 3 else 0.9}")
    return 0


sys.exit(main())
