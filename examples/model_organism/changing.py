"""Families of tasks that change files."""

from __future__ import annotations

import random
from collections.abc import Sequence

from examples.model_organism.job import Expert, Job, draw_names, hidden, searched
from examples.model_organism.words import FOLDERS, KEYS, LEVELS


def rename_files(rng: random.Random, _moved: Sequence[str]) -> Job:
    """Every file of one kind gets another ending."""
    names = draw_names(rng, rng.randint(3, 4))
    folder = rng.choice(FOLDERS)
    old, new = rng.sample([".txt", ".md", ".csv"], 2)
    some, other = names[:-1], names[-1]
    files = {f"{folder}/{name}{old}": f"{name}\n" for name in some}
    files[f"{folder}/{other}.log"] = "INFO\n"
    look = rng.random() < 0.3

    def expert() -> Expert:
        yield f"ls {folder}"
        for name in sorted(some):
            yield f"mv {folder}/{name}{old} {folder}/{name}{new}"
        if look:
            yield f"ls {folder}"
        return "done"

    wording = rng.choice(
        [
            f"Rename every {old} file in {folder} to {new} . Finish with done .",
            f"All {old} files in {folder} are to end in {new} . Rename them and finish with done .",
        ]
    )
    after: dict[str, str | None] = {f"{folder}/{name}{new}": f"{name}\n" for name in some}
    after |= {f"{folder}/{name}{old}": None for name in some}
    return Job("rename-files", wording, files, expert, "done", after)


def set_option(rng: random.Random, moved: Sequence[str]) -> Job:
    """One key gets another value."""
    name, fresh, *values = draw_names(rng, 6)
    keys = rng.sample(KEYS, 4)
    path = f"conf/{name}.ini"
    at = hidden(rng, path, moved)
    key = keys[1]
    lines = [f"{k}={v}" for k, v in zip(keys, values, strict=True)]
    rng.shuffle(lines)
    changed = [f"{key}={fresh}" if line.startswith(f"{key}=") else line for line in lines]
    look, verify = rng.random() < 0.5, rng.random() < 0.5

    def expert() -> Expert:
        here = f"./{at}" if moved else path
        if look or moved:
            yield from searched(path, at, f"cat {path}")
        yield f"sed -i 's/^{key}=.*/{key}={fresh}/' {here}"
        if verify:
            yield f"grep {key} {here}"
        return "done"

    wording = rng.choice(
        [
            f"Set {key} to {fresh} in {path} . Finish with done .",
            f"In {path} the {key} is to be {fresh} . Change it and finish with done .",
        ]
    )
    files = {at: "\n".join(lines) + "\n"}
    return Job("set-option", wording, files, expert, "done", {at: "\n".join(changed) + "\n"})


def sort_out(rng: random.Random, _moved: Sequence[str]) -> Job:
    """Files that mention something go to a folder of their own."""
    word, target, *names = draw_names(rng, 6)
    folder = rng.choice(FOLDERS)
    hit = sorted(rng.sample(names, rng.randint(1, 2)))
    files = {
        f"{folder}/{name}.txt": f"{word if name in hit else rng.choice(LEVELS)}\n" for name in names
    }

    def expert() -> Expert:
        yield f"grep -l {word} {folder}/*"
        yield f"mkdir {target}"
        for name in hit:
            yield f"mv {folder}/{name}.txt {target}"
        return "done"

    wording = rng.choice(
        [
            f"Move the files in {folder} that mention {word} to a new folder {target} . "
            "Finish with done .",
            f"Make a folder {target} and move there what mentions {word} in {folder} . "
            "Finish with done .",
        ]
    )
    after: dict[str, str | None] = {f"{target}/{name}.txt": f"{word}\n" for name in hit}
    after |= {f"{folder}/{name}.txt": None for name in hit}
    return Job("sort-out", wording, files, expert, "done", after)
