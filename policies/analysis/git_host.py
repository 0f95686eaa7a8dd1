"""A policy as it was at a commit: its folder is read from git, and nothing is checked out."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from episodes.errors import UsageError

_SECONDS = 60


@contextmanager
def at_commit(path: Path, reference: str) -> Iterator[Path]:
    """Gives the file as it was at a commit, with those beside and beneath it.

    Args:
        path: A file in a git repository's working tree; it need not be there any more.
        reference: A commit, tag or branch, as `origin/main`.

    Yields:
        A file in a temporary folder.

    Raises:
        UsageError: There is no git, no repository, no such commit, or the file is not in it.
    """
    if reference.startswith("-"):
        raise UsageError(f"--base {reference}: no commit is called so")
    folder = path.resolve().parent
    while not folder.is_dir():
        folder = folder.parent
    root = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    inside = path.resolve().relative_to(root)
    commit = _git(root, "rev-parse", "--verify", "--end-of-options", f"{reference}^{{commit}}")
    # What a policy extends lies beside or beneath it, so the folder is all that is needed.
    where = [] if inside.parent == Path() else ["--", f"./{inside.parent.as_posix()}"]
    packed = _git(root, "archive", "--format=tar", commit.decode().strip(), *where)
    with tempfile.TemporaryDirectory(prefix="longleash-policy-") as made:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(made, filter="data")
        found = Path(made) / inside
        if not found.is_file():
            raise UsageError(f"{inside} is not in {reference}")
        yield found


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("--base needs git, and there is none on PATH") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"git {arguments[0]} did not end in {_SECONDS} s") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"git {arguments[0]}: {said[-1] if said else 'it failed'}")
    return done.stdout
