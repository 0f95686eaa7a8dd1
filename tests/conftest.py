"""What the tests of every package begin an episode with, and how they type a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import certifi
import pytest
import typer
from click.testing import CliRunner, Result
from hypothesis import settings

from episodes.entries import EpisodeStarted
from episodes.provenance import Provenance
from longleash import make_app

# A tenth of what each law is tried with otherwise: `make test-fast` has a minute.
settings.register_profile("few", max_examples=10, deadline=None)


@pytest.fixture(scope="session")
def began() -> Callable[..., EpisodeStarted]:
    """Makes an episode's first record, with what a test does not care about filled in."""

    def make(**fields: object) -> EpisodeStarted:
        given = {"run": "r", "slot": 0, "attempt": 0, "task": "t", "agent": "a", "policy": "p"}
        given |= {"instruction": "i", "provenance": Provenance(engine_version="0")}
        return EpisodeStarted.model_validate(given | fields)

    return make


@pytest.fixture(scope="session")
def command() -> Callable[..., Result]:
    """Runs `longleash` in this process: `command("tag", log)`."""
    # Putting a command together for each word that is typed takes longer than most commands do.
    whole = typer.main.get_command(make_app())
    return lambda *words: CliRunner().invoke(whole, [str(word) for word in words])


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For SSL_CERT_FILE: an SDK's client reads all authorities, though it speaks plain HTTP."""
    every, end = Path(certifi.where()).read_text(encoding="utf-8"), "-----END CERTIFICATE-----"
    path = tmp_path_factory.mktemp("authorities") / "one.pem"
    path.write_text(every[: every.index(end)] + end + "\n")
    return path
