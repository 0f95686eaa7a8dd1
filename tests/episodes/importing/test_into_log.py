from __future__ import annotations

import json

import pytest

from episodes.errors import ImportInvalid, UsageError
from episodes.importing.importers import importer
from episodes.importing.into_log import import_files
from episodes.reader import LogReader
from episodes.verify import verify

GOOD = {
    "trajectory": [{"action": "ls", "observation": "a"}, {"action": "cat a", "observation": None}],
    "history": [{"role": "user", "content": "Look."}],
}


def test_an_imported_episode_reads_as_any_other(tmp_path, put):
    path = put("a.traj", GOOD)
    done = import_files(tmp_path / "l.db", importer("swe-agent"), [path], outcome=False)
    assert (len(done.episodes), done.steps) == (1, 2)
    with LogReader.open(tmp_path / "l.db") as log:
        [row] = log.episodes()
        held = log.trajectory(row.episode)
        [run] = log.runs()
    assert (row.source, row.status, row.success) == ("imported", "truncated", False)
    assert held.started.provenance.origin == str(path)
    assert held.started.provenance.format == "swe-agent"
    assert held.started.instruction == "Look."
    assert [step.action.command for step in held.steps] == ["ls", "cat a"]
    assert held.steps[0].seconds is None
    assert held.steps[1].observation is None
    assert held.steps[1].decision is None
    assert run.status == "done"
    assert verify(tmp_path / "l.db").ok


def test_of_several_files_none_is_imported_where_one_is_bad(tmp_path, put):
    good, bad = put("a.traj", GOOD), put("b.traj", {**GOOD, "trajectory": [{"action": 7}]})
    with pytest.raises(ImportInvalid, match=r"b\.traj: trajectory\[0\]\.action: a text is needed"):
        import_files(tmp_path / "l.db", importer("swe-agent"), [good, bad])
    assert not (tmp_path / "l.db").exists()
    assert import_files(tmp_path / "l.db", importer("swe-agent"), [good]).steps == 2


def test_a_log_that_was_there_stays_as_it_was_where_a_file_is_bad(tmp_path, put):
    log = tmp_path / "l.db"
    import_files(log, importer("swe-agent"), [put("a.traj", GOOD)])
    other = put("c.traj", {**GOOD, "history": [{"role": "user", "content": "Other."}]})
    with LogReader.open(log) as reader:
        before = [head.line for head in reader.heads()]
    with pytest.raises(ImportInvalid, match="not JSON"):
        import_files(log, importer("swe-agent"), [other, put("b.traj", "{")])
    with LogReader.open(log) as reader:
        assert [head.line for head in reader.heads()] == before


def test_what_is_imported_twice_is_there_once(tmp_path, put):
    path = put("a.traj", GOOD)
    first = import_files(tmp_path / "l.db", importer("swe-agent"), [path, path])
    again = import_files(tmp_path / "l.db", importer("swe-agent"), [path])
    assert len(first.episodes) == 1
    assert (again.run, again.episodes, again.known) == (None, (), first.episodes)


def test_of_a_folder_the_formats_own_files_are_read(tmp_path, put):
    folder = tmp_path / "runs"
    folder.mkdir()
    put("runs/a.traj", GOOD)
    put("runs/notes.txt", "no")
    assert import_files(tmp_path / "l.db", importer("swe-agent"), [folder]).steps == 2
    with pytest.raises(UsageError, match=r"no file below it ends with \.jsonl"):
        import_files(tmp_path / "m.db", importer("browsergym-prompt"), [folder])


def test_the_command_imports_says_what_and_the_taggers_run_on_it(command, tmp_path, put):
    log = str(tmp_path / "l.db")
    lines = [{"input": [{"role": "user", "content": "x"}]}, {"task_name": "no input"}]
    path = put("a.jsonl", "\n".join(json.dumps(line) for line in lines))
    done = command("import", "--from", "swe-agent", "--log", log, put("a.traj", GOOD))
    assert done.output == "1 episode with 2 steps imported\n"
    done = command("import", "--from", "browsergym-prompt", "--log", log, path)
    assert "0 episodes with 0 steps imported" in done.output
    assert f"skipped {path}#1: it holds no messages" in done.output
    tagged = command("tag", log, "--json")
    assert tagged.exit_code == 0, tagged.exception
    assert json.loads(tagged.stdout)["source"].endswith("a.traj")
