"""Families of tasks that ask for what is in files."""

from __future__ import annotations

import random
from collections.abc import Sequence

from examples.model_organism.job import Expert, Job, draw_names, hidden, searched
from examples.model_organism.words import FOLDERS, KEYS, LEVELS


def read_setting(rng: random.Random, moved: Sequence[str]) -> Job:
    """The value of one key."""
    name, *values = draw_names(rng, 6)
    keys = rng.sample(KEYS, 5)
    path = f"conf/{name}.ini"
    at = hidden(rng, path, moved)
    key, value = keys[2], values[2]
    lines = [f"{k}={v}" for k, v in zip(keys, values, strict=True)]
    rng.shuffle(lines)
    first = rng.choice([f"cat {path}", f"grep {key} {path}"])
    look = rng.random() < 0.2

    def expert() -> Expert:
        if look:
            yield "ls"
        yield from searched(path, at, first)
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
    name, *people = draw_names(rng, 4)
    path = f"logs/{name}.log"
    at = hidden(rng, path, moved)
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
        yield from searched(path, at, first)
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
    name, *who = draw_names(rng, 5)
    path = f"data/{name}.csv"
    at = hidden(rng, path, moved)
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
            yield from searched(path, at, f"cat {path}")
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
    services, teams, people = draw_names(rng, 3), draw_names(rng, 3), draw_names(rng, 3)
    pairs = list(zip(services, teams, strict=True))
    at = hidden(rng, "docs/services.txt", moved)
    files = {at: "".join(f"{service} {team}\n" for service, team in pairs)}
    files |= {f"teams/{t}.txt": f"owner={p}\n" for t, p in zip(teams, people, strict=True)}
    pick = rng.randrange(3)
    service, team, person = services[pick], teams[pick], people[pick]
    first = rng.choice(["cat docs/services.txt", f"grep {service} docs/services.txt"])

    def expert() -> Expert:
        yield from searched("docs/services.txt", at, first)
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
    name, word, *others = draw_names(rng, 5)
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


def last_line(rng: random.Random, moved: Sequence[str]) -> Job:
    """The newest entry of a log, which is copied to a file as well."""
    name, *who = draw_names(rng, 6)
    path = f"logs/{name}.log"
    at = hidden(rng, path, moved)
    lines = [f"{rng.choice(LEVELS)} {one}" for one in who]
    out = f"{rng.choice(['last', 'answer'])}.txt"

    def expert() -> Expert:
        yield from searched(path, at, f"tail -n 1 {path}")
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
