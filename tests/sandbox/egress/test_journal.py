"""What was asked of a network is on record before it is let out."""

from __future__ import annotations

import pytest

from episodes.decisions import Decision
from episodes.entries import Requested
from episodes.reader import LogReader
from policies.duties import Obligations
from policies.request import WebRequest
from sandbox.egress.journal import Asked, Journal


@pytest.fixture
def journal(episode_log):
    return Journal("shell", "e", Obligations(), episode_log)


def decision(verdict):
    return Decision(
        verdict=verdict, rule_id="r", reason="told so", policy_digest="sha256:" + "0" * 64
    )


def test_a_request_that_is_let_out_can_be_read_in_the_log_by_then(journal, log_path):
    asked = Asked(WebRequest(method="GET", url="http://shop.test/"), 0)
    with LogReader.open(log_path) as reader:
        for count in range(1, 31):
            journal.allowed(asked, journal.open(asked), decision("allow"), 0.0)
            held = [entry.body for entry in reader.entries("episode:e")]
            assert sum(isinstance(body, Requested) for body in held) == count
