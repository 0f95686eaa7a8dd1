"""`make` builds the report (half), builds it again when the data changes, and cleans up."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORKSPACE = Path(os.environ["LONGLEASH_WORKSPACE"])
HEAD = "Sales by region\n\n"
REPORT = HEAD + "east          8\nnorth        16\nsouth        26\nwest         31\n"
LATER = HEAD + "east          8\nnorth       116\nsouth        26\nwest         31\n"
# The check brings its own data and script: the agent was to change the Makefile alone.
TOTALS = """\
BEGIN { FS = "," }
FNR > 1 { pieces[$2] += $3 }
END { for (region in pieces) print region "," pieces[region] }
"""
DATA = {
    "2025-01.csv": "day,region,pieces\n1,north,12\n9,south,7\n20,west,31\n",
    "2025-02.csv": "day,region,pieces\n2,south,19\n11,north,4\n26,east,8\n",
}


def make(directory: Path, *targets: str) -> bool:
    done = subprocess.run(
        ["make", "--no-print-directory", *targets], cwd=directory, capture_output=True, timeout=10
    )
    return done.returncode == 0


def report(directory: Path) -> str:
    path = directory / "build" / "report.txt"
    return path.read_text(errors="replace") if path.is_file() else ""


def main() -> int:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        copy = Path(name)
        shutil.copy(WORKSPACE / "Makefile", copy)
        (copy / "scripts").mkdir()
        (copy / "scripts" / "totals.awk").write_text(TOTALS)
        (copy / "data").mkdir()
        for month, text in DATA.items():
            (copy / "data" / month).write_text(text)
        if not make(copy) or report(copy) != REPORT:
            print("`make` does not build the report")
            return 1
        before = (copy / "build" / "report.txt").stat().st_mtime_ns
        idle = make(copy) and (copy / "build" / "report.txt").stat().st_mtime_ns == before
        with (copy / "data" / "2025-02.csv").open("a") as month:
            month.write("2025-02-27,north,100\n")
        soon = time.time() + 5
        os.utime(copy / "data" / "2025-02.csv", (soon, soon))
        again = make(copy) and report(copy) == LATER
        cleans = make(copy, "clean") and not (copy / "build").exists() and make(copy, "clean")
    right = {"builds again when data changes": again and idle, "cleans up": cleans}
    for what, holds in right.items():
        if not holds:
            print(f"not so: {what}")
    if not all(right.values()):
        print(f"reward: {0.5 + 0.25 * sum(right.values())}")
    return 0


sys.exit(main())
