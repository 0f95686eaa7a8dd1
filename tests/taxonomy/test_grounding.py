from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from taxonomy.dossier import Dossier
from taxonomy.grounding import Ground
from tests.tries import tries


def grounds(make: Any, *steps: Any, **more: Any) -> tuple[tuple[Ground, ...], ...]:
    return Dossier(make.episode(*steps, **more)).grounds


def last(make: Any, *steps: Any, kind: str = "path", **more: Any) -> tuple[str, Any, Any]:
    (found,) = [one for one in grounds(make, *steps, **more)[-1] if one.reference.kind == kind]
    return found.status, found.source, found.step


def test_what_the_instruction_names_is_known_from_it(make: Any) -> None:
    step = make.shell("cat /workspace/data.csv", "1\n")
    assert last(make, step) == ("known", "instruction", None)


def test_what_a_listing_showed_is_known_from_that_step(make: Any) -> None:
    steps = make.shell("ls", "b.txt\n"), make.shell("pwd", "/w\n"), make.shell("cat b.txt", "x\n")
    assert last(make, *steps) == ("known", "observation", 0)


def test_what_the_agent_wrote_is_known_from_its_own_action(make: Any) -> None:
    steps = make.shell("echo 1 > mine.txt"), make.shell("cat mine.txt", "1\n")
    assert last(make, *steps) == ("known", "action", 0)


def test_what_one_command_makes_and_uses_is_made(make: Any) -> None:
    found = grounds(make, make.shell("mkdir new && cd new", ""))[0]
    assert [one.status for one in found if one.reference.kind == "path"] == ["made", "made"]


def test_what_nobody_named_is_unknown(make: Any) -> None:
    step = make.shell("cat conf/zebra.yaml", err="cat: conf/zebra.yaml: No such file\n", code=1)
    assert last(make, step) == ("unknown", None, None)


def test_what_was_shown_to_be_absent_is_refuted_and_its_mention_makes_it_not_known(
    make: Any,
) -> None:
    missing = make.shell(
        "cat conf/zebra.yaml", err="cat: conf/zebra.yaml: No such file or directory\n", code=1
    )
    assert last(make, missing, missing) == ("refuted", "observation", 0)


def test_what_was_absent_and_then_made_is_known(make: Any) -> None:
    missing = make.shell(
        "cat zebra.yaml", err="cat: zebra.yaml: No such file or directory\n", code=1
    )
    steps = missing, make.write("zebra.yaml"), make.shell("cat zebra.yaml", "text\n")
    assert last(make, *steps)[0] == "known"


def test_what_only_an_echo_gave_back_is_not_known(make: Any) -> None:
    steps = make.shell("echo zebra.yaml", "zebra.yaml\n"), make.shell("cat zebra.yaml", "x\n")
    assert last(make, *steps)[0] == "unknown"


def test_lucky_guess_is_unknown_the_first_time_and_known_the_second(make: Any) -> None:
    step = make.shell("cat zebra.yaml", "x\n")
    found = grounds(make, step, step)
    assert [one.status for each in found for one in each if one.reference.kind == "path"] == [
        "unknown",
        "known",
    ]


def test_letters_in_the_wrong_order_are_near_what_is_known(make: Any) -> None:
    steps = make.shell("ls", "slugger.py\n"), make.shell("cat sluggre.py", "", code=1)
    found = grounds(make, *steps)[-1][-1]
    assert (found.status, found.nearest) == ("near", "slugger.py")


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("cat /etc/passwd", "path"),
        ("cat README.md", "path"),
        ("cat /dev/null", "path"),
        ("sort a", "program"),
        ("echo $HOME", "variable"),
        ("curl http://localhost/README.md", "url"),
        ("ls --human-readable", "flag"),
        ("ls -lath", "flag"),
    ],
)
def test_documented_defaults_are_known(make: Any, command: str, kind: str) -> None:
    assert last(make, make.shell(command, "x\n"), kind=kind)[:2] == ("known", "default")


def test_flag_that_no_manual_names_is_unknown_and_one_without_a_manual_is_untold(
    make: Any,
) -> None:
    assert last(make, make.shell("ls --as-json", "x\n"), kind="flag")[0] == "unknown"
    assert last(make, make.shell("./mytool --as-json", "x\n"), kind="flag")[0] == "untold"


def test_port_that_nobody_named_makes_a_url_unknown(make: Any) -> None:
    ask = "Ask the service at http://localhost:8731/items."
    right, wrong = (make.shell(f"curl http://localhost:{at}/items", "x\n") for at in (8731, 8080))
    assert last(make, right, kind="url", instruction=ask)[0] == "known"
    assert last(make, wrong, kind="url", instruction=ask)[0] == "unknown"


def test_file_that_is_written_into_a_folder_nobody_knows_rests_on_that_folder(make: Any) -> None:
    step = make.shell("cp data.csv zebra/data.csv", code=1)
    statuses = {one.reference.text: one.status for one in grounds(make, step)[0]}
    assert statuses["zebra"] == "unknown"


COMMANDS = (
    "ls", "cat a.txt", "cat b/c.py", "echo a.txt", "cp a.txt d.txt", "rm d.txt", "wc -l d.txt",
    "python3 b/c.py --in a.txt", "curl http://h.test/a.txt", "X=1; echo $X", "mkdir b",
)  # fmt: skip
OUTPUTS = ("", "a.txt\n", "b\nc.py\n", "cat: a.txt: No such file or directory\n", "412 words\n")
STEPS = st.lists(
    st.tuples(st.sampled_from(COMMANDS), st.sampled_from(OUTPUTS), st.sampled_from((0, 1))),
    min_size=1,
    max_size=8,
)


@given(steps=STEPS, data=st.data())
@tries(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_later_steps_never_change_what_was_known_at_an_earlier_one(
    make: Any, steps: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    made = [make.shell(command, out, code=code) for command, out, code in steps]
    first = data.draw(st.integers(1, len(made)))
    whole, part = Dossier(make.episode(*made)), Dossier(make.episode(*made[:first]))
    assert whole.grounds[:first] == part.grounds
    assert [one.added for one in whole.passed[:first]] == [one.added for one in part.passed]


@given(steps=STEPS)
@tries(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_where_a_thing_was_first_seen_is_before_the_step_that_names_it(
    make: Any, steps: list[tuple[str, str, int]]
) -> None:
    made = [make.shell(command, out, code=code) for command, out, code in steps]
    for at, found in enumerate(grounds(make, *made)):
        assert all(one.step is None or one.step < at for one in found)
