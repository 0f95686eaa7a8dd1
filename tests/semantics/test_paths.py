from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantics.paths import canonical, within

CWD = PurePosixPath("/workspace/a")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("b", "/workspace/a/b"),
        ("../b", "/workspace/b"),
        ("../../../../b", "/b"),
        ("/x//y/./z/", "/x/y/z"),
        ("//x", "/x"),
        ("/x/../y", "/y"),
        ("/", "/"),
        (".", "/workspace/a"),
        ("/proc/self/status", "/proc/self/status"),
        ("/workspace/root/fd", "/workspace/root/fd"),
        ("a b/ü", "/workspace/a/a b/ü"),
    ],
)
def test_a_path_has_one_form(path: str, expected: str) -> None:
    assert canonical(path, CWD) == PurePosixPath(expected)
    assert canonical(PurePosixPath(expected), CWD) == PurePosixPath(expected)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a\x00b",
        "a\nb",
        "a\x7f",
        "\ud800",
        "/proc/self/root/etc/passwd",
        "/proc/1/cwd",
        "/proc/self/root/../../etc",
        "/proc/self/fd/3",
        "/proc/self/task/7/root/x",
        "/proc/self/./exe",
        "/dev/fd/3",
        "/workspace/../proc/thread-self/map_files/x",
    ],
)
def test_a_path_that_leads_anywhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"path|leads"):
        canonical(path, CWD)


@given(st.text(min_size=1, max_size=40))
def test_canonical_paths_are_fixed_points(text: str) -> None:
    try:
        once = canonical(text, CWD)
    except ValueError:
        return
    assert canonical(once, CWD) == once
    assert ".." not in once.parts
    assert once.is_absolute()


def test_what_lies_beneath_is_within_and_a_longer_name_is_not() -> None:
    root = PurePosixPath("/workspace")
    assert within(root, root)
    assert within(PurePosixPath("/workspace/a/b"), root)
    assert not within(PurePosixPath("/workspaces"), root)
    assert not within(PurePosixPath("/"), root)
    assert within(PurePosixPath("/any"), PurePosixPath("/"))
