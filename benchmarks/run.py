"""Runs every bench and writes one file of results.

    python benchmarks/run.py [--out build/bench.json] [--check]

Each figure is a median, and stands beside a named peer or the bare operation, measured in the same
run with the samples taken in turn, so that a machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))

from backtest import bench_backtest
from clicks import bench_browser_starts, bench_clicks
from decide import bench_decide
from diff import bench_diff
from figure import Figure
from files import bench_files
from pages import bench_pages
from processes import bench_processes
from review import bench_review
from starts import bench_starts
from steps import bench_steps
from taggers import bench_taggers

BENCHES = (
    bench_decide,
    bench_steps,
    bench_files,
    bench_processes,
    bench_starts,
    bench_clicks,
    bench_browser_starts,
    bench_pages,
    bench_review,
    bench_backtest,
    bench_diff,
    bench_taggers,
)
"""Every bench, in the order in which they run."""


def main() -> int:
    arguments = _arguments()
    console = Console()
    figures: list[Figure] = []
    for bench in BENCHES:
        console.print(f"{bench.__name__}: {(bench.__doc__ or '').splitlines()[0]}")
        figures += bench(lambda text: console.print(text, markup=False, highlight=False))
    _print(console, figures)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    # On a machine that others use too, a ratio may stray; past twice its slack it has grown.
    missed = [figure for figure in figures if figure.misses(2.0 if arguments.check else 1.0)]
    for figure in missed:
        console.print(f"[red]{figure.name}: {figure.verdict()}[/]")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure, and write what was measured.")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--check", action="store_true", help="ratios only, with twice the slack")
    return parser.parse_args()


def _print(console: Console, figures: list[Figure]) -> None:
    table = Table("name", "median", "against", "ratio", "must hold", box=None, pad_edge=False)
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
        table.add_row(
            figure.name,
            f"{figure.median_ms:.2f} {figure.unit}",
            figure.against or "",
            ratio,
            figure.bar(),
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
