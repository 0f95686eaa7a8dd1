"""`python -m tests.fuzz TARGET [options of libFuzzer]`: fuzzes one target with atheris.

What it finds lies in `build/fuzz/TARGET/crash-*`; put it into the corpus once it is mended.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["containers", "episodes", "policies", "sandbox", "semantics"]
):
    from tests.fuzz.targets import CORPUS, TARGETS

_BUILD = Path(__file__).parents[2] / "build" / "fuzz"


def main() -> None:
    """Fuzzes until something is found, or the time that the options give is over."""
    name, *options = sys.argv[1:]
    found = _BUILD / name
    found.mkdir(parents=True, exist_ok=True)
    words = [
        *("fuzz", f"-artifact_prefix={found}/crash-", "-timeout=30", "-rss_limit_mb=2048"),
        *("-print_final_stats=1", *options, str(found), str(CORPUS / name)),
    ]
    atheris.Setup(words, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
