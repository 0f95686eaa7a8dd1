"""What an image's digest covers, and what is sent to the engine."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from containers.context import read_context

IDS = {"longleash-base": "sha256:aaa", "longleash-shell": "sha256:bbb"}


@pytest.fixture
def task(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM longleash-shell\nCOPY data /data\n")
    (tmp_path / "data").write_text("one\n")
    return tmp_path


def test_the_same_directory_has_the_same_digest(task: Path) -> None:
    first = read_context(task, IDS)
    (task / "data").write_text("one\n")
    assert read_context(task, IDS) == first
    assert len(first.digest) == 12


def test_a_changed_file_changes_the_digest(task: Path) -> None:
    first = read_context(task, IDS).digest
    (task / "data").write_text("two\n")
    assert read_context(task, IDS).digest != first


def test_a_changed_mode_changes_the_digest(task: Path) -> None:
    first = read_context(task, IDS).digest
    (task / "data").chmod(0o755)
    assert read_context(task, IDS).digest != first


def test_a_changed_link_changes_the_digest(task: Path) -> None:
    (task / "link").symlink_to("data")
    first = read_context(task, IDS).digest
    (task / "link").unlink()
    (task / "link").symlink_to("Dockerfile")
    assert read_context(task, IDS).digest != first


def test_a_new_image_below_changes_the_digest(task: Path) -> None:
    first = read_context(task, IDS).digest
    assert read_context(task, {**IDS, "longleash-shell": "sha256:ccc"}).digest != first


def test_an_image_that_is_not_built_on_does_not_change_the_digest(task: Path) -> None:
    first = read_context(task, IDS).digest
    assert read_context(task, {**IDS, "longleash-base": "sha256:ccc"}).digest == first


def test_what_python_compiled_is_neither_counted_nor_sent(task: Path) -> None:
    first = read_context(task, IDS)
    cache = task / "package" / "__pycache__"
    cache.mkdir(parents=True)
    (cache / "x.cpython-311.pyc").write_bytes(b"\0")
    assert not any("__pycache__" in name for name in read_context(task, IDS).files)
    (cache / "x.cpython-311.pyc").unlink()
    cache.rmdir()
    cache.parent.rmdir()
    assert read_context(task, IDS) == first


def test_a_dockerignore_holds(task: Path) -> None:
    (task / ".dockerignore").write_text("# not for the image\nsecret*\n")
    first = read_context(task, IDS)
    (task / "secret.txt").write_text("x")
    assert read_context(task, IDS).digest == first.digest
    assert "secret.txt" not in read_context(task, IDS).files


@pytest.mark.parametrize(
    ("line", "bound"),
    [
        ("FROM longleash-base", "FROM sha256:aaa"),
        ("FROM longleash-base:latest AS build", "FROM sha256:aaa AS build"),
        ("from --platform=linux/amd64 longleash-shell", "from --platform=linux/amd64 sha256:bbb"),
        ("COPY --from=longleash-base /a /b", "COPY --from=sha256:aaa /a /b"),
        ("FROM longleash-base-of-mine", "FROM longleash-base-of-mine"),
        ("FROM example/longleash-base", "FROM example/longleash-base"),
        ("FROM debian:bookworm-slim", "FROM debian:bookworm-slim"),
        ("RUN echo longleash-base", "RUN echo longleash-base"),
    ],
)
def test_our_images_are_named_by_id_and_no_others(task: Path, line: str, bound: str) -> None:
    (task / "Dockerfile").write_text(f"{line}\n")
    assert read_context(task, IDS).dockerfile == f"{bound}\n"


def test_the_hosts_ca_bundle_is_sent_only_to_who_asks_and_never_counts(
    task: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bundle = tmp_path_factory.mktemp("host") / "bundle.pem"
    bundle.write_text("a bundle\n")
    assert ".longleash/ca.crt" not in _sent(task, bundle)
    (task / "Dockerfile").write_text("FROM longleash-shell\nCOPY .longleash/ca.crt /tmp/\n")
    first = read_context(task, IDS).digest
    assert _sent(task, bundle)[".longleash/ca.crt"] == b"a bundle\n"
    bundle.write_text("another\n")
    assert read_context(task, IDS).digest == first


def test_the_files_are_sent_with_the_bound_dockerfile(task: Path) -> None:
    assert _sent(task, None) == {
        "data": b"one\n",
        "Dockerfile": b"FROM sha256:bbb\nCOPY data /data\n",
    }


def _sent(task: Path, bundle: Path | None) -> dict[str, bytes]:
    with read_context(task, IDS).archive(bundle) as file, tarfile.open(fileobj=file) as archive:
        members = [member for member in archive if member.isfile()]
        return {m.name: content.read() for m in members if (content := archive.extractfile(m))}
