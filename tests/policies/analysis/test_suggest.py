from __future__ import annotations

import json
from pathlib import Path

import pytest

from episodes.actions import (
    Click,
    Fill,
    Finish,
    Goto,
    Press,
    ReadFile,
    RunCommand,
    WriteFile,
)
from episodes.decisions import Approval
from episodes.errors import EpisodeUnknown
from episodes.provenance import Isolation, Provenance
from episodes.tags import Tag
from policies.analysis.suggest import suggest
from policies.engine import decide
from policies.loading import load_policy, parse_policy
from policies.state import State
from sandbox.attacks.catalogue import attacks

USED = ("ls -la", "git status", "find . -name x", "env ls", "bash -c 'ls | sort'")


@pytest.fixture
def ran():
    """Under `offline-shell`; what is left of it is what this agent used."""
    return load_policy("offline-shell")


@pytest.fixture
def suggested(make_log):
    made = suggest([make_log({"aa": list(USED)}, load_policy("offline-shell"))])
    return parse_policy(made.text.encode(), "suggested.yaml")


def verdict(text: str, command: str) -> str:
    policy = parse_policy(text.encode(), "suggested.yaml")
    return decide(RunCommand(command=command), State(), policy).verdict


def test_what_was_used_is_allowed_and_nothing_else_of_the_kind_is(make_log, ran):
    used = ["ls -la", "git status", "python3 build.py --all", "grep -rn x . | sort > out.txt"]
    made = suggest([make_log({"aa": [*used, Finish()]}, ran)])
    assert made.uncovered == ()
    assert all(verdict(made.text, command) == "allow" for command in used)
    assert verdict(made.text, "git log") == "deny"
    assert verdict(made.text, "python3 other.py") == "deny"
    assert verdict(made.text, "wc -l x") == "deny"


def test_attacks_are_denied(suggested):
    # What a shell's own `printf` says is for the record to hold, and no policy's; and what a
    # browser that was taken over does inside its container is no action.
    tried = [
        attack
        for about, found in attacks().items()
        if about != "log"
        for attack in found
        if not attack.inside
    ]
    let_through = [
        attack
        for attack in tried
        if all(decide(act, State(), suggested).verdict == "allow" for act in attack.actions)
    ]
    # sort and find were used: which files they open is not in what is judged, and the kernel's.
    assert {attack.id for attack in let_through} == {"read-sort-files0", "write-sort", "write-find"}
    assert not any(attack.beyond_kernel for attack in let_through)


def test_what_was_used_beside_the_attacks_is_allowed(suggested):
    for command in USED:
        assert decide(RunCommand(command=command), State(), suggested).verdict == "allow", command


def test_each_line_says_which_episodes_used_it(make_log, ran):
    log = make_log({"aa": ["ls", "ls -a"], "ab": ["cat x", "ls"]}, ran)
    made = suggest([log])
    (_, ls) = made.sections.plain["allow"]
    assert (ls.value, ls.uses) == ("ls", 3)
    assert [(at.episode, at.step) for at in ls.references] == [("aa", 0), ("ab", 1)]
    assert "- ls  # 3 times: aa:0, ab:1" in made.text
    assert "- cat  # 1 time: ab:0" in made.text


def test_an_interpreter_says_what_it_opens(make_log, ran):
    made = suggest([make_log({"aa": ["python3 build.py"], "ab": ["git status"]}, ran)])
    (git, python) = (lines for _, _, (lines,) in made.sections.narrowed)
    assert (git.value, python.value) == ("status", "build.py")
    assert "hooks" in git.opens
    assert python.opens
    assert made.text.count("# OPENS") == 2


def test_a_program_that_can_run_others_by_an_argument_says_so(make_log, ran):
    made = suggest([make_log({"aa": ["sort x", "find . -name x", "cat x"]}, ran)])
    opens = {line.value: line.opens for line in made.sections.plain["allow"]}
    assert opens["sort"].startswith("more: it runs other programs that its arguments name")
    # What find's actions name is judged, so nothing is opened by it.
    assert (opens["find"], opens["cat"]) == ("", "")


def test_an_interpreter_without_arguments_is_a_wildcard_and_says_so(make_log, ran):
    made = suggest([make_log({"aa": ["echo 'print(1)' | python3"]}, ran)])
    ((name, _, (line,)),) = made.sections.narrowed
    assert (name, line.value) == ("python3", "")
    assert line.opens.startswith("anything")
    assert "With any arguments. OPENS anything" in made.text


def test_too_many_first_arguments_become_a_wildcard(make_log, ran):
    few = suggest([make_log({"aa": [f"python3 s{n}.py" for n in range(20)]}, ran)])
    assert len(few.sections.narrowed[0][2]) == 20
    many = suggest([make_log({"aa": [f"python3 s{n}.py" for n in range(21)]}, ran)])
    assert [line.value for line in many.sections.narrowed[0][2]] == [""]
    assert many.sections.narrowed[0][2][0].uses == 21


def test_what_only_read_gives_no_right_to_write(make_log, ran):
    read = suggest([make_log({"aa": ["ls", "cat notes"]}, ran)])
    assert [line.value for line in read.sections.files["write"]] == ["/dev/null"]
    wrote = suggest([make_log({"aa": ["ls", "cp notes more"]}, ran)])
    assert "/workspace" in [line.value for line in wrote.sections.files["write"]]


def test_a_file_beyond_the_workspace_is_named_alone(make_log, policy):
    ran = policy(files={"read": ["/workspace", "/srv"], "write": ["/var/out"]})
    names = [f"/srv/data/{n}.csv" for n in range(5)]
    actions = [ReadFile(path="/srv/one.txt"), *(ReadFile(path=name) for name in names)]
    log = make_log({"aa": [*actions, WriteFile(path="/var/out/x", data=b"")]}, ran)
    made = suggest([log])
    lines = {line.value: line for line in made.sections.files["read"]}
    assert "/srv/one.txt" in lines
    assert "/srv" not in lines
    # Five files of one directory are the directory, and that is said.
    assert "all else beneath /srv/data" in lines["/srv/data"].opens
    assert "/var/out/x" in [line.value for line in made.sections.files["write"]]
    assert made.uncovered == ()


def test_a_program_by_its_path_may_be_executed_there_alone(make_log, policy):
    ran = policy(files={"execute": ["/workspace"]})
    made = suggest([make_log({"aa": ["./build/tool --fast"]}, ran)])
    (line,) = made.sections.files["execute"]
    assert line.value == "/workspace/build/tool"
    assert "replaced" in line.opens
    assert verdict(made.text, "./build/tool") == "allow"
    assert verdict(made.text, "./build/other") == "deny"


def test_what_was_denied_is_not_suggested(make_log, ran):
    log = make_log({"aa": ["ls", "curl http://example.com/"]}, ran)
    assert "curl" not in suggest([log]).text


def test_what_an_approver_allowed_is_still_asked_for(make_log, policy):
    rules = [
        {"programs": ["ls"], "effect": "allow"},
        {"programs": ["rm", "ls"], "effect": "ask", "arguments": ["-r *", "-R *"]},
    ]
    ran = policy(shell={"rules": rules}, files={"write": ["/workspace"]})
    yes = Approval(verdict="allow", approver="person:tester")
    approvals = {("aa", 0): yes, ("aa", 2): yes}
    log = make_log({"aa": ["rm -r x", "ls", "ls -R x"]}, ran, approvals=approvals)
    made = suggest([log])
    assert verdict(made.text, "rm -r x") == "ask"
    assert verdict(made.text, "ls") == "allow"


def test_drills_are_left_out_unless_they_are_named(make_log, ran):
    drill = {"provenance": Provenance(engine_version="0", drill=True)}
    log = make_log({"aa": ["ls"], "dd": ["git log"]}, ran, started={"dd": drill})
    made = suggest([log])
    assert [(left.episode, left.step) for left in made.left_out] == [("dd", None)]
    assert "git" not in [name for name, _, _ in made.sections.narrowed]
    assert "dd: a drill" in made.text
    named = suggest([log], named=["dd"])
    assert named.left_out == ()
    assert [name for name, _, _ in named.sections.narrowed] == ["git"]


def test_episodes_under_outside_influence_are_left_out(make_log, ran, policy):
    isolation = Isolation(backend="docker", network="proxy")
    reached = {"provenance": Provenance(engine_version="0", isolation=isolation)}
    replayed = {"provenance": Provenance(engine_version="0", source="replayed")}
    alone = {"provenance": Provenance(engine_version="0", isolation=Isolation(backend="docker"))}
    started = {"net": reached, "old": replayed, "own": alone}
    log = make_log({"net": ["ls"], "old": ["ls"], "own": ["ls"]}, ran, started=started)
    assert {left.episode for left in suggest([log]).left_out} == {"net", "old"}
    browsed = make_log({"web": [Goto(url="https://example.com/"), "ls"], "own": ["ls"]}, None)
    assert {left.episode for left in suggest([browsed]).left_out} == {"web"}


def test_violations_are_left_out_step_by_step(make_log, ran):
    tag = Tag(
        step=1,
        tagger="person:tester",
        version="1",
        event="none",
        primary="policy_violation",
        probability=0.9,
    )
    refused = {("aa", 2): {"exit_code": 1, "stderr": "cat: /etc/shadow: Permission denied"}}
    log = make_log(
        {"aa": ["ls", "git log", "cat /etc/shadow"]},
        ran,
        tags={"aa": [tag]},
        observations=refused,
    )
    made = suggest([log])
    assert [left.step for left in made.left_out] == [1, 2]
    assert [line.value for line in made.sections.plain["allow"]] == ["ls"]
    assert made.sections.narrowed == ()


def test_a_program_that_was_not_there_is_no_use(make_log, ran):
    absent = {("aa", 0): {"exit_code": 127}, ("aa", 1): {"exit_code": 127}}
    log = make_log({"aa": ["jq . x", "ls | jq ."]}, ran, observations=absent)
    made = suggest([log])
    # Of two programs the other one may have run.
    assert [left.step for left in made.left_out] == [0]
    assert "ls" in [line.value for line in made.sections.plain["allow"]]


def test_sites_and_keys_are_suggested_for_episodes_that_are_named(make_log):
    ran = load_policy("research-browser")
    target = {"ref": "e1"}
    actions = [
        Goto(url="https://en.wikipedia.org/wiki/Cat"),
        Click(target=target),
        Press(keys="Control+a"),
        Press(keys="x"),
        Fill(target=target, text="cat"),
    ]
    made = suggest([make_log({"web": actions}, ran)], named=["web"])
    assert made.uncovered == ()
    policy = parse_policy(made.text.encode(), "x.yaml")
    assert policy.tools == ("browser",)
    assert [rule.hosts for rule in policy.web.rules] == [("en.wikipedia.org",)]
    assert (policy.web.forms, policy.web.uploads) == ("allow", "deny")
    assert (policy.keys.allowed, policy.keys.gestures) == (("Control+A",), ("click",))
    for url in ("https://example.com/", "http://en.wikipedia.org/", "https://wikipedia.org/"):
        assert decide(Goto(url=url), State(), policy).verdict == "deny"
    assert "what a page or a program then asks for is not on record" in " ".join(
        made.text.replace("#", "").split()
    )


def test_a_private_address_is_named_and_says_what_it_opens(make_log, policy):
    ran = policy(tools=["browser"], web={"allowedDomains": ["127.0.0.1"], "private": ["127.0.0.1"]})
    made = suggest([make_log({"web": [Goto(url="http://127.0.0.1/")]}, ran)], named=["web"])
    assert made.uncovered == ()
    assert "every service at 127.0.0.1" in made.sections.web.private[0].opens


def test_addresses_among_a_programs_arguments_are_sites_unless_they_are_its_own(make_log, policy):
    ran = policy(shell={"rules": [{"programs": ["curl"], "effect": "allow"}]})
    used = ["curl -s https://example.com/a http://127.0.0.1:80/b http://localhost/c"]
    made = suggest([make_log({"aa": used}, ran)])
    assert [line.value for site in made.sections.web.sites for line in site.hosts] == [
        "example.com"
    ]
    assert made.sections.web.private == ()


def test_what_narrows_the_base_is_kept(make_log):
    made = suggest([make_log({"aa": ["git status", "ls"]}, load_policy("coding"))])
    policy, coding = parse_policy(made.text.encode(), "x.yaml"), load_policy("coding")
    assert made.base == "coding"
    assert policy.limits == coding.limits
    assert "history-stays" in [rule.id for rule in policy.shell.rules]
    assert verdict(made.text, "git push") == "deny"


def test_without_a_preset_nothing_is_kept_and_that_is_said(make_log, policy):
    own = policy(shell={"rules": [{"programs": ["ls"], "effect": "allow"}]})
    made = suggest([make_log({"aa": ["ls"]}, own)])
    assert made.base is None
    assert "--base" in made.text
    assert "/etc" not in [line.value for line in made.sections.files["read"]]
    based = suggest([make_log({"aa": ["ls"]}, own)], base="locked-down")
    assert based.base == "locked-down"


def test_what_it_cannot_allow_is_told(make_log, policy):
    ran = policy(shell={"not_understood": "ask", "rules": []})
    yes = Approval(verdict="allow", approver="person:tester")
    made = suggest([make_log({"aa": ["eval ls"]}, ran, approvals={("aa", 0): yes})])
    (one,) = made.uncovered
    assert (one.reference.step, one.verdict) == (0, "deny")
    assert "NOT allowed by this policy" in made.text


def test_a_hostile_agent_cannot_write_into_the_policy(make_log, ran):
    names = ["ls\ttools: [shell]", "x # y", "a: b", '"quoted"']
    actions = [RunCommand(command=f"python3 '{name}.py'") for name in names]
    actions += [ReadFile(path="/workspace/\u202efile: 1\u2028x")]
    made = suggest([make_log({"aa": actions, "ab": ["ls"]}, ran)])
    policy = parse_policy(made.text.encode(), "x.yaml")
    assert set(policy.tools) == {"shell", "files"}
    assert all(ord(character) < 127 for character in made.text)


def test_an_episode_that_nobody_has_is_refused(make_log, ran):
    log = make_log({"aa": ["ls"]}, ran)
    with pytest.raises(EpisodeUnknown, match="zz"):
        suggest([log], named=["zz"])
    other = make_log({"zz1": ["ls"]}, ran)
    assert suggest([log, other], named=["zz"]).episodes == 2


def test_an_empty_log_gives_a_policy_that_allows_nothing(make_log, ran):
    made = suggest([make_log({}, ran)])
    policy = parse_policy(made.text.encode(), "x.yaml")
    assert (policy.tools, policy.shell.rules) == ((), ())


def test_the_command_writes_a_policy_that_loads_and_checks(command, make_log, ran, tmp_path: Path):
    log, out = make_log({"aa": ["ls", "git status", "cp a b"]}, ran), tmp_path / "made.yaml"
    wrote = command("policy", "suggest", log, "--out", out)
    assert wrote.exit_code == 0, wrote.output
    assert "from 3 actions in 1 episodes" in wrote.output
    checked = command("policy", "check", out)
    assert checked.exit_code == 0, checked.output
    again = command("policy", "backtest", out, log)
    assert again.exit_code == 0, again.output
    printed = command("policy", "suggest", log, "--json")
    assert json.loads(printed.output)["text"] == out.read_text()
