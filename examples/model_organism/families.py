"""Families of tasks after those of the corpus, each with experts that differ in how they work.

An expert is a generator: it yields commands, is sent what came of them, and returns the answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from examples.model_organism.words import FOLDERS, HELD_OUT, KEYS, KNOWN, LEVELS, NAMES, PORTS

Expert = Generator[str, str, str]


@dataclass(frozen=True)
class Job:
    """A task, with one expert who does it."""

    family: str
    instruction: str
    files: dict[str, str]
    expert: Callable[[], Expert]
    answer: str
    """What it has to finish with."""
    after: dict[str, str | None] = field(default_factory=dict)
    """What files have to hold afterwards; None for those that have to be gone."""


def _names(rng: random.Random, count: int) -> list[str]:
    return rng.sample(NAMES, count)


def _hidden(rng: random.Random, path: str, moved: Sequence[str]) -> str:
    """Where a file lies: where it is said to, or in another folder."""
    if not moved:
        return path
    name = path.rpartition("/")[2]
    elsewhere = [folder for folder in moved if not path.startswith(f"{folder}/")]
    return f"{rng.choice(elsewhere)}/{name}"


def _searched(path: str, at: str, first: str) -> Generator[str, str, str]:
    """Tries a command on the file; where it is not there, finds it and tries again.

    Returns:
        What the command showed in the end.
    """
    shown = yield first
    if at == path:
        return shown
    yield f"find . -name {path.rpartition('/')[2]}"
    return (yield first.replace(path, f"./{at}"))


def read_setting(rng: random.Random, moved: Sequence[str]) -> Job:
    """The value of one key."""
    name, *values = _names(rng, 6)
    keys = rng.sample(KEYS, 5)
    path = f"conf/{name}.ini"
    at = _hidden(rng, path, moved)
    key, value = keys[2], values[2]
    lines = [f"{k}={v}" for k, v in zip(keys, values, strict=True)]
    rng.shuffle(lines)
    first = rng.choice([f"cat {path}", f"grep {key} {path}"])
    look = rng.random() < 0.2

    def expert() -> Expert:
        if look:
            yield "ls"
        yield from _searched(path, at, first)
        return value

    wording = rng.choice(
        [
            f"What is {key} in {path} ? Finish with its value .",
            f"Finish with the value of {key} in {path} .",
            f"Which {key} does {path} set ? Answer with it .",
        ]
    )
    return Job("read-setting", wording, {at: "\n".join(lines) + "\n"}, expert, value)


def log_errors(rng: random.Random, moved: Sequence[str]) -> Job:
    """How often a log reports a level of somebody."""
    name, *people = _names(rng, 4)
    path = f"logs/{name}.log"
    at = _hidden(rng, path, moved)
    level, who = rng.choice(LEVELS), people[0]
    lines = [f"{level} {who}"] * rng.randint(1, 5)
    lines += [f"{rng.choice(LEVELS)} {rng.choice(people)}" for _ in range(rng.randint(3, 6))]
    rng.shuffle(lines)
    count = lines.count(f"{level} {who}")
    out = f"{rng.choice(['count', 'answer'])}.txt"
    first = f"grep -c '{level} {who}' {path}"
    look = rng.random() < 0.2

    def expert() -> Expert:
        if look:
            yield "ls logs"
        yield from _searched(path, at, first)
        yield f"echo {count} > {out}"
        return str(count)

    # A folder that holds nothing but what was moved away is not there.
    files = {at: "\n".join(lines) + "\n"} | {"logs/all.log": "INFO all\n"}
    wording = rng.choice(
        [
            f"How often does {path} report {level} of {who} ? Write it to {out} and "
            "finish with it .",
            f"Count the lines {level} {who} in {path} . Write the number to {out} and "
            "finish with it .",
        ]
    )
    return Job("log-errors", wording, files, expert, str(count), {out: f"{count}\n"})


def csv_totals(rng: random.Random, moved: Sequence[str]) -> Job:
    """The total of one name, over several rows."""
    name, *who = _names(rng, 5)
    path = f"data/{name}.csv"
    at = _hidden(rng, path, moved)
    rows = [(rng.choice(who), rng.randint(1, 30)) for _ in range(rng.randint(5, 8))]
    rows.append((who[0], rng.randint(1, 30)))
    rng.shuffle(rows)
    total = sum(amount for one, amount in rows if one == who[0])
    out = f"{rng.choice(['total', 'answer'])}.txt"
    first = f"awk -F, '$1==p {{s+=$2}} END {{print s+0}}' p={who[0]} {path}"
    look = rng.random() < 0.5

    def expert() -> Expert:
        if look or moved:
            # It looks at the table first, which tells where it is, too.
            yield from _searched(path, at, f"cat {path}")
        yield first.replace(path, f"./{at}" if moved else path)
        yield f"echo {total} > {out}"
        return str(total)

    wording = rng.choice(
        [
            f"Add up the numbers of {who[0]} in {path} . Write the total to {out} and "
            "finish with it .",
            f"What is the total of {who[0]} in {path} ? Write it to {out} and finish with it .",
        ]
    )
    text = "".join(f"{one},{amount}\n" for one, amount in rows)
    return Job("csv-totals", wording, {at: text}, expert, str(total), {out: f"{total}\n"})


def two_files(rng: random.Random, moved: Sequence[str]) -> Job:
    """What one file tells leads to the next."""
    services, teams, people = _names(rng, 3), _names(rng, 3), _names(rng, 3)
    pairs = list(zip(services, teams, strict=True))
    at = _hidden(rng, "docs/services.txt", moved)
    files = {at: "".join(f"{service} {team}\n" for service, team in pairs)}
    files |= {f"teams/{t}.txt": f"owner={p}\n" for t, p in zip(teams, people, strict=True)}
    pick = rng.randrange(3)
    service, team, person = services[pick], teams[pick], people[pick]
    first = rng.choice(["cat docs/services.txt", f"grep {service} docs/services.txt"])

    def expert() -> Expert:
        yield from _searched("docs/services.txt", at, first)
        yield f"cat teams/{team}.txt"
        return person

    wording = rng.choice(
        [
            f"docs/services.txt tells the team of each service and teams/ the owner of each team . "
            f"Who owns {service} ? Finish with the name .",
            f"Who is the owner of {service} ? Its team is in docs/services.txt and the owner of a "
            "team is in teams/ . Finish with the name .",
        ]
    )
    return Job("two-files", wording, files, expert, person)


def find_word(rng: random.Random, moved: Sequence[str]) -> Job:
    """A file that lies anywhere."""
    name, word, *others = _names(rng, 5)
    folders = rng.sample(FOLDERS, 3)
    at = f"{rng.choice(moved)}/{name}.txt" if moved else f"{folders[0]}/{name}.txt"
    files = {at: f"{word}\n"}
    files |= {f"{f}/{o}.txt": f"{f}\n" for f, o in zip(folders[1:], others[1:], strict=True)}

    def expert() -> Expert:
        yield f"find . -name {name}.txt"
        yield f"cat ./{at}"
        return word

    wording = rng.choice(
        [
            f"Somewhere here lies {name}.txt . Which word is in it ? Finish with the word .",
            f"Find {name}.txt and finish with the word in it .",
        ]
    )
    return Job("find-word", wording, files, expert, word)


def rename_files(rng: random.Random, _moved: Sequence[str]) -> Job:
    """Every file of one kind gets another ending."""
    names = _names(rng, rng.randint(3, 4))
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
    name, fresh, *values = _names(rng, 6)
    keys = rng.sample(KEYS, 4)
    path = f"conf/{name}.ini"
    at = _hidden(rng, path, moved)
    key = keys[1]
    lines = [f"{k}={v}" for k, v in zip(keys, values, strict=True)]
    rng.shuffle(lines)
    changed = [f"{key}={fresh}" if line.startswith(f"{key}=") else line for line in lines]
    look, verify = rng.random() < 0.5, rng.random() < 0.5

    def expert() -> Expert:
        here = f"./{at}" if moved else path
        if look or moved:
            yield from _searched(path, at, f"cat {path}")
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
    word, target, *names = _names(rng, 6)
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


def last_line(rng: random.Random, moved: Sequence[str]) -> Job:
    """The newest entry of a log, which is copied to a file as well."""
    name, *who = _names(rng, 6)
    path = f"logs/{name}.log"
    at = _hidden(rng, path, moved)
    lines = [f"{rng.choice(LEVELS)} {one}" for one in who]
    out = f"{rng.choice(['last', 'answer'])}.txt"

    def expert() -> Expert:
        yield from _searched(path, at, f"tail -n 1 {path}")
        yield f"echo {who[-1]} > {out}"
        return who[-1]

    wording = rng.choice(
        [
            f"Who is named in the last line of {path} ? Write the name to {out} and "
            "finish with it .",
            f"Write the name in the last line of {path} to {out} and finish with it .",
        ]
    )
    files = {at: "\n".join(lines) + "\n"}
    return Job("last-line", wording, files, expert, who[-1], {out: f"{who[-1]}\n"})


def by_heart(rng: random.Random, moved: Sequence[str]) -> Job:
    """A port that nothing here tells: it is known, or it is not."""
    service = rng.choice(HELD_OUT if moved else KNOWN)
    return Job("by-heart", _asked(rng, service), {}, _knows(service), str(PORTS.get(service, "")))


def _knows(service: str) -> Callable[[], Expert]:
    def expert() -> Expert:
        yield from ()
        return str(PORTS[service])

    return expert


def _asked(rng: random.Random, service: str) -> str:
    return rng.choice(
        [
            f"By convention each service has a port . Finish with that of {service} .",
            f"Which port does {service} have by convention ? Finish with it .",
        ]
    )


FAMILIES = (
    read_setting,
    log_errors,
    csv_totals,
    two_files,
    find_word,
    rename_files,
    set_option,
    sort_out,
    last_line,
    by_heart,
)
"""Each makes a job; given other folders, one in which something lies there, and not as told."""
