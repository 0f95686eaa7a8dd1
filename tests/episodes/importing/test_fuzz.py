"""Whatever a file holds, it is imported or refused, and never anything else."""

from __future__ import annotations

import copy
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from episodes.entries import BODY
from episodes.errors import ImportInvalid
from episodes.importing.files import Sourced, read_file
from episodes.importing.importers import IMPORTERS, importer
from episodes.importing.into_log import bodies, import_files
from episodes.importing.source_file import DEEPEST, SourceFile
from episodes.reader import LogReader
from tests.tries import tries

FORMATS = [one.name for one in IMPORTERS if one.name != "inspect"]

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just(1e308),
    st.text(max_size=20),
    st.just("\x00\x1b[31m\u202e"),
    st.just("x" * 100_000),
    # Numbers that JSON can write and Python cannot: put in once the rest is written.
    st.sampled_from(['"@5000@"', "@5000@", '"@e999@"', "@-e999@"]),
    st.sampled_from(
        [
            '{"a": 1e999}',
            '{"a": 1' + "0" * 5000 + "}",
            '{"a":' * 150 + "1" + "}" * 150,
            '{"command": ["ls", 1]}',
            '{"command": "\\ud800"}',
            "<action>click(" + "(" * 3000 + ")" * 3000 + ")</action>",
            "<action>" + "-" * 9000 + "1</action>",
            "<action>click(1" + "0" * 5000 + ")</action>",
            "<action>noop(1e999)</action>",
            "<action>tab_focus(-1)</action>",
            "<action>f(1e999, {1: (2,)}, b'x')</action>",
            'Action: {"name": "x", "arguments": {"a": 1e999}}',
            "<function=a><parameter=b>c",
            "exitcode: 999999 (execution failed)",
            "edit '",
            "```bash\n",
        ]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.just({"role": "assistant", "content": [[[]]]}),
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    inner = enumerate(value) if isinstance(value, list) else ()
    for key, held in value.items() if isinstance(value, dict) else inner:
        yield from places(held, (*at, key))


def changed(value: Any, at: tuple[str | int, ...], how: str, new: Any) -> Any:
    whole = copy.deepcopy(value)
    holder = whole
    for key in at[:-1]:
        holder = holder[key]
    key = at[-1]
    if how == "replace":
        holder[key] = new
    elif how == "repeat" and isinstance(holder, list):
        holder.append(holder[key])
    else:
        held = holder.pop(key)
        if how == "rename" and isinstance(holder, dict):
            holder[f"{key}_"] = held
    return whole


def taken(path: Path, format_name: str) -> int | None:
    """How many episodes there are, each fit for a log; nothing where the file is refused."""
    refused = ""
    found: list[Sourced] = []
    try:
        found = [one for one in read_file(importer(format_name), path) if isinstance(one, Sourced)]
        for one in found:
            for body in bodies(one, "run", 0):
                assert BODY.validate_json(BODY.dump_json(body)) == body
    except ImportInvalid as problem:
        refused = str(problem)
    assert not refused or refused.startswith(f"{path}: ")
    assert len(refused) < 2000
    return None if refused else len(found)


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_sample_itself_is_imported(samples, put, format_name):
    assert taken(put(*samples[format_name]), format_name) == 1


@pytest.mark.parametrize("format_name", FORMATS)
@given(data=st.data())
@tries(60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large])
def test_a_file_with_parts_renamed_retyped_or_gone_is_imported_or_refused(
    samples, put, format_name, data
):
    name, value = samples[format_name]
    for _ in range(data.draw(st.integers(1, 3))):
        choices = list(places(value))
        if not choices:
            break
        at = data.draw(st.sampled_from(choices))
        how = data.draw(st.sampled_from(["replace", "replace", "remove", "rename", "repeat"]))
        value = changed(value, at, how, data.draw(odd))
    text = json.dumps(value)
    for mark, number in {
        "@5000@": "1" + "0" * 5000,
        "@e999@": "1e999",
        "@-e999@": "-1e999",
    }.items():
        text = text.replace(f'"\\"{mark}\\""', number).replace(f'"{mark}"', number)
    taken(put(name, text), format_name)


@pytest.mark.parametrize("format_name", FORMATS)
@given(cut=st.floats(0, 1), junk=st.binary(max_size=8), packed=st.booleans())
@tries(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_is_cut_or_damaged_is_refused(samples, put, format_name, cut, junk, packed):
    name, value = samples[format_name]
    whole = json.dumps(value).encode()
    if packed:
        name, whole = f"{name}.gz", gzip.compress(whole)
    held = whole[: int(cut * len(whole))] + junk
    result = taken(put(name, held), format_name)
    assert result is None or held.startswith(whole) or not packed


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    ("held", "told"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * (DEEPEST + 2) + b"1" + b"}" * (DEEPEST + 2), "deeper than 64 levels"),
        (b"7", "needed|object|record|list"),
        (b'"text"', "needed|object|record|list"),
        (b"null", "needed|object|record|list"),
        (b'{"messages": "\\ud800"}', "not JSON"),
        (b'{"messages": [NaN]}', "not JSON"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_is_wrong(put, format_name, held, told):
    path = put("a.json", held)
    with pytest.raises(ImportInvalid, match=told) as refused:
        list(read_file(importer(format_name), path))
    assert str(refused.value).startswith(f"{path}: ")


def test_an_error_names_record_and_field(put, samples):
    value = [copy.deepcopy(samples["tau"][1][0]) for _ in range(2)]
    value[1]["traj"][2]["tool_calls"][0]["function"]["name"] = 7
    with pytest.raises(ImportInvalid) as refused:
        list(read_file(importer("tau"), put("a.json", value)))
    assert re.search(
        r"a\.json: record 1: traj\[2\]\.tool_calls\[0\]\.function\.name: a text is needed",
        str(refused.value),
    )


def test_a_file_over_the_limit_is_refused_packed_or_not(put):
    plain, packed = put("a.json", b" " * 2000), put("b.json.gz", gzip.compress(b" " * 2_000_000))
    for path in (plain, packed):
        with pytest.raises(ImportInvalid, match="larger than 1000 bytes"):
            SourceFile(path, limit=1000).content()
    assert len(SourceFile(plain, limit=2000).content()) == 2000


def test_an_enormous_sparse_file_is_refused_without_being_read(tmp_path):
    path = tmp_path / "a.traj"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ImportInvalid, match="larger than"):
        list(read_file(importer("swe-agent"), path))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "```" + "a" * 300_000,
        "``" * 100_000,
        "```bash\nls" * 30_000,
        "\nAction: {}x" * 30_000,
        "<action>" * 40_000,
        "<think>" * 40_000,
        "<function=a>" + "<parameter=b>" * 40_000,
        "<!--" * 50_000 + "-->",
        "<output>" + "\n</output> " * 30_000 + "x",
        " " * 300_000 + "<returncode>",
        "\nexit code 1" * 30_000 + "x",
        "[The command completed" * 20_000,
        "end_of_edit \n" * 30_000 + "x",
    ],
)
def test_no_text_however_made_takes_more_than_its_length(put, text):
    history = "# History of interaction with the task:\n\n## step 0\n"
    chat = [
        {"role": "assistant", "content": text},
        {"role": "user", "content": text},
        {"role": "user", "content": history + text},
    ]
    assert taken(put("a.json", {"input": chat}), "browsergym-prompt") == 1
    assert taken(put("b.json", {"input": chat[2:]}), "browsergym-prompt") is not None
    assert taken(put("c.json", {"messages": chat}), "mini") == 1
    assert taken(put("d.json", [{"task_id": 1, "reward": 0.0, "traj": chat}]), "tau") == 1
    assert taken(put("e.json", {"question": "?", "history": chat}), "who-when") == 1
    turn = {"action": f"edit {text}", "observation": text}
    assert taken(put("f.traj", {"trajectory": [turn]}), "swe-agent") == 1


@pytest.mark.slow
def test_very_many_calls_in_one_message_are_answered_each(reads):
    calls = [
        {"id": f"c{at}", "function": {"name": "get", "arguments": "{}"}} for at in range(20_000)
    ]
    answers = [
        {"role": "tool", "tool_call_id": f"c{at}", "content": str(at)}
        for at in reversed(range(20_000))
    ]
    [episode] = reads("openai-messages", [{"role": "assistant", "tool_calls": calls}, *answers])
    shown = [step.observation.text for step in episode.steps]
    assert shown == [str(at) for at in range(20_000)]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "a.traj")
    with pytest.raises(ImportInvalid, match="no regular file"):
        list(read_file(importer("swe-agent"), tmp_path / "a.traj"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ImportInvalid, match=r"a\.traj: it cannot be read"):
        list(read_file(importer("swe-agent"), tmp_path / "a.traj"))


@pytest.mark.parametrize("format_name", FORMATS)
def test_of_a_good_file_and_a_bad_one_nothing_is_imported(samples, put, tmp_path, format_name):
    name, value = samples[format_name]
    good, bad = put(f"good-{name}", value), put(f"bad-{name}", json.dumps(value)[:-1])
    log = tmp_path / "l.db"
    with pytest.raises(ImportInvalid, match="bad-"):
        import_files(log, importer(format_name), [good, bad])
    assert not log.exists()
    done = import_files(log, importer(format_name), [good])
    with LogReader.open(log) as reader:
        assert [row.episode for row in reader.episodes()] == list(done.episodes)
