"""The duties that go with a decision are met, or the action is denied."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

import pytest

from episodes.actions import ReadFile, RunCommand, WriteFile
from episodes.observations import CommandResult, FileContent, Page
from episodes.reader import LogReader
from episodes.workspace import workspace_after
from policies.policy import Policy
from sandbox.agents.agent import Proposal
from sandbox.boxes.backend import WORKSPACE, BoxSpec
from sandbox.boxes.fake_backend import FakeBox
from sandbox.gate import Gate
from sandbox.oversight.overseers import Oversight
from sandbox.redaction import redacted

TOKEN = "ghp_" + "a1B2" * 9
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc==\n-----END RSA PRIVATE KEY-----"


def hidden(text, *details):
    return redacted(CommandResult(exit_code=0, stdout=text), details).stdout


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("private_key", KEY),
        ("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\nthe end is cut off"),
        ("aws_key", "AKIAIOSFODNN7EXAMPLE"),
        ("aws_key", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("github_token", TOKEN),
        ("github_token", "github_pat_" + "A1_b" * 10),
        ("slack_token", "xoxb-123456789012-abcdefghij"),
        ("google_key", "AIza" + "Sy0-_" * 7),
        ("api_key", "sk-proj-abcdefghijklmnopqrstuvwxyz"),
        ("api_key", "sk_live_abcdefghijklmnopqrstuvwxyz"),
        ("jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.c2lnbmF0dXJl"),
        ("email", "ann.other@example.co.uk"),
        ("card_number", "4111 1111 1111 1111"),
    ],
)
def test_a_secret_that_is_known_by_its_shape_is_named_in_its_place(kind, secret):
    assert hidden(f"before {secret}", kind) == f"before [redacted: {kind}]"
    # Where the policy does not name its kind, it stays.
    others = {"private_key", "github_token", "email"} - {kind}
    assert hidden(f"before {secret}", *others) == f"before {secret}"


def test_what_follows_the_secret_stays():
    assert hidden(f"a {KEY} b {TOKEN} c", "private_key", "github_token") == (
        "a [redacted: private_key] b [redacted: github_token] c"
    )


def test_a_bearer_token_and_a_password_in_an_address_go_and_what_is_around_stays():
    assert hidden("Authorization: Bearer abc.def-123", "bearer") == (
        "Authorization: Bearer [redacted: bearer]"
    )
    assert hidden("git clone https://ann:s3cret@example.com/x", "url_password") == (
        "git clone https://[redacted: url_password]@example.com/x"
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("card_number", "4111 1111 1111 1112"),
        ("card_number", "1234567890123456789012345"),
        ("github_token", "ghp_short"),
        ("api_key", "task-force-abcdefghijklmnopqrstuvwxyz"),
        ("email", "user@localhost"),
        ("aws_key", "AKIAIOSFODNN7EXAMPLEXTRA"),
        ("jwt", "eyJ.a.b"),
    ],
)
def test_what_only_looks_like_one_stays(kind, text):
    assert hidden(text, kind) == text


@pytest.mark.parametrize(
    ("pattern", "text", "left"),
    [
        ("sk-live-*", "key sk-live-123 end", "key [redacted: pattern] end"),
        ("sk-live-*", "k=sk-live-123", "k=[redacted: pattern]"),
        ("secret", "asecretb", "a[redacted: pattern]b"),
        ("secret", "secretsecret", "[redacted: pattern][redacted: pattern]"),
        ("ab*yz", "abxyzq abyz", "[redacted: pattern]q [redacted: pattern]"),
        ("*-internal", "host db-internal:1 x", "host [redacted: pattern]:1 x"),
        ("pw:*", "pw:\nnext", "[redacted: pattern]\nnext"),
        ("a.b", "axb a.b", "axb [redacted: pattern]"),
    ],
)
def test_a_pattern_covers_visible_characters_only(pattern, text, left):
    assert hidden(text, pattern) == left


def test_bytes_and_texts_at_any_depth_are_covered_and_what_is_no_text_stays():
    content = FileContent(path="/workspace/a", data=b"\xff\x00" + TOKEN.encode(), size=9)
    assert redacted(content, ["github_token"]).data == b"\xff\x00[redacted: github_token]"
    page = Page(url="https://example.com", console=(f"error {TOKEN}", "fine"), text=TOKEN)
    found = redacted(page, ["github_token"])
    assert found.console == ("error [redacted: github_token]", "fine")
    assert found.text == "[redacted: github_token]"


def test_an_observation_without_secrets_is_the_same_one():
    seen = CommandResult(exit_code=0, stdout="nothing")
    assert redacted(seen, ["email", "pattern*x"]) is seen


@pytest.mark.parametrize(
    "text",
    [
        "eyJ" * 12_000,
        "eyJ-" * 12_000,
        "a@" * 25_000,
        "a." * 25_000,
        "1 " * 25_000,
        "-----BEGIN PRIVATE KEY-----" * 1_000,
        "://a:" * 10_000,
        "ghp_" * 12_000,
        "abc" * 16_000,
    ],
)
def test_no_text_makes_it_look_at_the_same_place_again_and_again(text):
    everything = [
        *("private_key", "aws_key", "github_token", "slack_token", "google_key", "api_key"),
        *("jwt", "bearer", "url_password", "card_number", "email", "abc*abd", "abc*bc"),
    ]
    # A shape that explodes would not end here.
    assert len(hidden(text, *everything)) > 0


# At the gate.


class Obliged:
    def __init__(self, log, **obligations):
        self.path, self.log, self.told = log.path, log, []
        self.policy = Policy.model_validate(
            {
                "version": 1,
                "name": "p",
                "tools": ["shell", "files", "finish"],
                "shell": {
                    "rules": [
                        {"id": "fine", "effect": "allow", "programs": ["ls", "cat", "rm"]},
                        {"id": "gone", "effect": "deny", "programs": ["dd"]},
                    ]
                },
                "files": {"read": ["/workspace"], "write": ["/workspace"]},
                "obligations": obligations,
            }
        )
        self.ran = []

    def gate(self, *, notify=True, box=FakeBox):
        def answer(command, files):
            self.ran.append(command.command)
            return CommandResult(exit_code=0, stdout=TOKEN, cwd=PurePosixPath("/workspace"))

        self.box = box(BoxSpec("image", self.policy), answer, 0, set())
        return Gate(
            policy=self.policy,
            box=self.box,
            log=self.log,
            episode="e",
            oversight=Oversight(notify=self.told.append if notify else None),
        )


class Blind(FakeBox):
    """In which nobody looks at the workspace."""

    def take_changes(self):
        return None


@pytest.fixture
def obliged(episode_log):
    return partial(Obliged, episode_log)


def act(gate, action):
    action = RunCommand(command=action) if isinstance(action, str) else action
    return gate.perform(Proposal(action), 60)


def test_a_secret_is_taken_out_before_anything_is_stored_or_shown(obliged):
    found = obliged(redact=["github_token"])
    gate = found.gate()
    assert act(gate, "cat a").observation.stdout == "[redacted: github_token]"
    found.log.close()
    stored = [path.read_bytes() for path in found.path.parent.glob(f"{found.path.name}*")]
    assert not any(TOKEN.encode() in one for one in stored)


def test_a_secret_in_a_file_is_taken_out_of_what_is_shown_of_it(obliged):
    gate = obliged(redact=["github_token"]).gate()
    act(gate, WriteFile(path="a", data=TOKEN.encode()))
    assert act(gate, ReadFile(path="a")).observation.data == b"[redacted: github_token]"


def test_without_the_duty_nothing_is_taken_out(obliged):
    assert act(obliged().gate(), "cat a").observation.stdout == TOKEN


@pytest.mark.parametrize(
    ("when", "command", "told"),
    [
        ("deny", "dd", True),
        ("deny", "ls", False),
        ("irreversible", "rm a", True),
        ("irreversible", "ls", False),
    ],
)
def test_whoever_runs_it_is_told_after_the_decisions_that_the_policy_names(
    obliged, when, command, told
):
    found = obliged(notify=[when])
    act(found.gate(), command)
    assert bool(found.told) == told
    if told:
        assert found.told[0].startswith(f"e, step 0: {when} (")


def test_where_nobody_can_be_told_what_has_to_be_told_is_denied(obliged):
    found = obliged(notify=["irreversible"])
    gate = found.gate(notify=False)
    assert act(gate, "rm a").observation.rule_id == "obligations"
    assert act(gate, "ls").observation.kind == "command"
    assert found.ran == ["ls"]


def test_an_action_that_needs_a_snapshot_runs_where_the_log_holds_the_workspace(obliged):
    found = obliged(snapshot=["irreversible"])
    gate = found.gate()
    assert act(gate, "rm a").observation.kind == "command"
    act(gate, WriteFile(path="f", data=b"precious"))
    assert act(gate, "rm f").observation.kind == "command"
    with LogReader.open(found.path) as reader:
        kept = workspace_after(reader.trajectory("e"), 1, reader.blob)
    assert list(kept.contents.values()) == [b"precious"]


@pytest.mark.parametrize(
    ("keeps", "why"),
    [({"keep_files": []}, "keep_files"), ({"keep_file_bytes": 3}, "keep_file_bytes")],
)
def test_a_snapshot_that_cannot_be_taken_means_no(obliged, keeps, why):
    found = obliged(snapshot=["irreversible"], **keeps)
    gate = found.gate()
    act(gate, WriteFile(path="f", data=b"precious"))
    denied = act(gate, "rm f")
    assert denied.observation.rule_id == "obligations"
    assert "'f'" in denied.observation.reason
    assert why in denied.observation.reason
    # What needs none runs, and so does the same once the file that is not kept is gone.
    assert act(gate, "ls").observation.kind == "command"
    del found.box.files[WORKSPACE / "f"]
    assert act(gate, "ls").observation.kind == "command"
    assert act(gate, "rm a").observation.kind == "command"


def test_what_changed_with_no_step_is_on_record_before_it_can_be_destroyed(obliged):
    found = obliged(snapshot=["irreversible"])
    gate = found.gate()
    found.box.files[WORKSPACE / "late"] = b"by a process of an earlier step"
    denied = act(gate, "rm late")
    assert denied.observation.rule_id == "obligations"
    assert "ask again" in denied.observation.reason
    assert [one.path for one in denied.files.changes] == ["late"]
    assert act(gate, "rm late").observation.kind == "command"
    with LogReader.open(found.path) as reader:
        kept = workspace_after(reader.trajectory("e"), 0, reader.blob)
    assert list(kept.contents.values()) == [b"by a process of an earlier step"]


def test_where_nobody_looks_at_a_workspace_no_snapshot_can_be_taken(obliged):
    found = obliged(snapshot=["irreversible"])
    gate = found.gate(box=Blind)
    denied = act(gate, "rm a")
    assert denied.observation.rule_id == "obligations"
    assert "nobody has looked" in denied.observation.reason
