"""Installing packages of the distribution, where we are root on Debian."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence

from episodes.errors import EngineUnavailable

SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"]
)
"""Where programs are looked for: a root shell from `su` has no sbin on its PATH."""


_PATIENCE = ("-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3")


def program(name: str) -> str | None:
    """The full path of a program, or None where it is not installed."""
    return shutil.which(name, path=SEARCH_PATH)


def is_debian() -> bool:
    """Whether this host is Debian or made from it, by /etc/os-release."""
    try:
        facts = platform.freedesktop_os_release()
    except OSError:
        return False
    return "debian" in [facts.get("ID", ""), *facts.get("ID_LIKE", "").split()]


def install(packages: Sequence[str], say: Callable[[str], None]) -> None:
    """Installs packages without those they only recommend.

    Raises:
        EngineUnavailable: apt-get failed; the message ends with what it said last.
    """
    names = " ".join(packages)
    say(f"updating the package lists to install {names}")
    # A broken list of some other vendor must not stop us: the installation itself decides.
    _apt("update")
    say(f"installing {names}")
    result = _apt("install", "-y", "--no-install-recommends", *packages)
    if result.returncode != 0:
        last = "\n".join(result.stdout.strip().splitlines()[-5:])
        raise EngineUnavailable(
            f"apt-get could not install {names}; install them by hand, then run this again.\n{last}"
        )


def _apt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-q", *_PATIENCE, *arguments],
        env={**os.environ, "PATH": SEARCH_PATH, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
