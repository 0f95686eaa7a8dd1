"""Make the bundle: the guest, and of Python what it loads. Runs once, while the image is built.

Usage: bundle.py SOURCE TARGET, with the directory that holds the package `guest` on PYTHONPATH.
"""

from __future__ import annotations

import importlib
import py_compile
import shutil
import sys
from pathlib import Path

NEEDED = (
    *(
        "guest.main",
        "guest.carried",
        "guest.forwarder",
        "tarfile",
        "traceback",
        "linecache",
        "tokenize",
        "encodings.ascii",
    ),
    *("encodings.latin_1", "encodings.utf_8"),
)


def main() -> None:
    """Fill TARGET."""
    target = Path(sys.argv[1])
    before = set(sys.modules)
    for name in NEEDED:
        importlib.import_module(name)
    library = target / "lib" / "python3.11"
    # Python looks for it, and says so on stderr at every start where it is missing.
    (library / "lib-dynload").mkdir(parents=True)
    for name in sorted(before | set(sys.modules)):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is None or name == "__main__":
            continue
        source = Path(file)
        if source.suffix == ".so":
            package = name.rpartition(".")[0]
            shutil.copy2(source, library / (package or "lib-dynload") / source.name)
            continue
        place = library.joinpath(*name.split("."))
        place = place / "__init__.pyc" if source.stem == "__init__" else place.with_suffix(".pyc")
        place.parent.mkdir(parents=True, exist_ok=True)
        # Without sources, so that nothing is compared or written when it starts.
        py_compile.compile(
            file,
            cfile=str(place),
            dfile=f"<longleash>/{name}",
            doraise=True,
            optimize=1,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    main()
